import type { FactoryProvider, Provider } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import { type MetricConfiguration, Registry } from 'prom-client';

/** As nestjs-prometheus' `makeCounterProvider` and the like, for a class of metric that it does not know. */
export function providerOf<O extends { name: string }>(metric: new (options: O) => unknown) {
  return (options: O): Provider => ({
    provide: getToken(options.name),
    useFactory: () => new metric(options),
  });
}

/**
 * Makes the provider of a metric that lives in the injecting application's own registry, under the token that
 * `@InjectMetric(name)` asks for. The providers of nestjs-prometheus alone would put it into prom-client's global
 * registry, which all applications of a process share.
 *
 * The factory throws if the name is taken: in this registry by prom-client, in the global one here, because
 * nestjs-prometheus would otherwise hand out that foreign metric.
 */
export function perApplication<O extends Omit<MetricConfiguration<string>, 'collect'>>(
  makeProvider: (options: O) => Provider,
  options: O,
): FactoryProvider {
  return {
    provide: getToken(options.name),
    inject: [Registry],
    useFactory: (registry: Registry): unknown => {
      const provider = makeProvider({ ...options, registers: [registry] });
      if (!('useFactory' in provider))
        throw new TypeError(`nestjs-prometheus makes ${options.name} without a factory`);
      const metric: unknown = provider.useFactory();
      if (registry.getSingleMetric(options.name) !== metric) {
        throw new Error(`The metric ${options.name} is already registered in prom-client's global registry`);
      }
      return metric;
    },
  };
}

import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import { ExpositionModule } from './exposition/exposition.module.js';
import { HealthModule } from './health/health.module.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { LifecycleModule } from './lifecycle/lifecycle.module.js';
import { LiveModule } from './live/live.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ProcessModule } from './process/process.module.js';
import { RecordingModule } from './recording/recording.module.js';
import { RequestsModule } from './requests/requests.module.js';
import { ServerModule } from './server/server.module.js';
import { isSimulated, type Settings } from './settings.js';
import { SettingsModule } from './settings/settings.module.js';
import { BrokerModule } from './sources/broker/broker.module.js';
import { ElasticsearchModule } from './sources/elasticsearch/elasticsearch.module.js';
import { AccessLogModule } from './sources/files/access-log.module.js';
import { PushModule } from './sources/push/push.module.js';
import { SimulatorModule } from './sources/simulator/simulator.module.js';
import { SyslogModule } from './sources/syslog/syslog.module.js';
import { ClientsModule } from './sources/websocket/clients.module.js';

/** The table of contents, in the order in which the data flows: source → recorder → collectors → exposition. */
@Module({})
export class AppModule implements OnModuleDestroy {
  constructor(private readonly lifecycle: Lifecycle) {}

  static with(settings: Settings): DynamicModule {
    return {
      module: this,
      imports: [
        SettingsModule.with(settings),
        LifecycleModule,
        ...(isSimulated(settings) ? [SimulatorModule] : []),
        PushModule,
        ClientsModule,
        ...(settings.ACCESS_LOGS.length > 0 ? [AccessLogModule] : []),
        ...(settings.SYSLOG.length > 0 ? [SyslogModule] : []),
        ...(settings.NATS_URL.length > 0 ? [BrokerModule] : []),
        ...(settings.ELASTICSEARCH_URL.length > 0 ? [ElasticsearchModule] : []),
        RecordingModule,
        MetricsModule,
        ProcessModule,
        ExpositionModule,
        ServerModule,
        RequestsModule,
        LiveModule,
        HealthModule,
      ],
    };
  }

  /** Nest calls this hook from the outermost module inwards, so the shutdown begins before any source is told. */
  async onModuleDestroy(): Promise<void> {
    await this.lifecycle.stop();
  }
}

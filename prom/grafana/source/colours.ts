// Colours of values, of classes of status codes and of limits.
import {
  GraphThresholdsStyleConfigBuilder as Style,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';

export function colour(mode: FieldColorModeId): FieldColorBuilder {
  return new FieldColorBuilder().mode(mode);
}

export function fixed(fixedColor: string): FieldColorBuilder {
  return colour(FieldColorModeId.Fixed).fixedColor(fixedColor);
}

/** Colours by value: `base`, and from each step on the colour of that step. */
export function steps(base: string, ...above: [from: number, color: string][]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: base }, ...above.map(([value, color]) => ({ value, color }))]);
}

/** Steps of lines, such as the limits of alerts, are drawn as dashed lines. */
export const DASHED = new Style().mode(GraphThresholdsStyleMode.Dashed);

/** For the second query of a panel, where it is the limit of the first. */
export const DASHED_LINE = [
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
  { id: 'custom.fillOpacity', value: 0 },
];

const CLASSES = Object.entries({ 1: '#8e8e8e', 2: '#73bf69', 3: '#5794f2', 4: '#ff9830', 5: '#f2495c' });

/** For series that are called 100, 200, … after the class of their status codes. */
export const CLASS_COLOURS = CLASSES.map(([digit, fixedColor]) => ({
  matcher: { id: 'byName', options: `${digit}00` },
  properties: [
    { id: 'color', value: { mode: 'fixed', fixedColor } },
    { id: 'displayName', value: `${digit}xx` },
  ],
}));

/** For series whose names end with a status code. */
export const CODE_COLOURS = CLASSES.map(([digit, fixedColor]) => ({
  matcher: { id: 'byRegexp', options: `/ ${digit}\\d\\d$/` },
  properties: [{ id: 'color', value: { mode: 'shades', fixedColor } }],
}));

// The field configuration of a panel put on its fields: defaults, then overrides in order; and what follows from it for one value: its
// text, its colour.
import { formatValue, type Formatted } from '../format/units';
import { alongScale, colorOf, continuous, paletteColor, type Scheme } from './colors';
import type { Field, Frame } from './frames';
import type { FieldConfig, MappingResult, Override, Panel, Thresholds } from './model';
import { reduce } from './reduce';

export const defaultThresholds: Thresholds = { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: 80 }] };

function regexOf(text: string): RegExp | undefined {
  const found = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return found ? new RegExp(found[1]!, found[2]) : new RegExp(`^(?:${text})$`);
  } catch {
    return undefined;
  }
}

/** undefined: a matcher that is not known. */
function matches(matcher: Override['matcher'], field: Field, frame: Frame): boolean | undefined {
  const option = matcher.options;
  const name = field.display ?? field.name;
  switch (matcher.id) {
    case 'byName': return field.name === option || name === option;
    case 'byRegexp': return [name, field.name].some((one) => regexOf(String(option))?.test(one));
    case 'byFrameRefID': return frame.refId === option && field.type !== 'time';
    case 'byType': return field.type === option;
    case 'byNames': return ((option as { names?: string[] })?.names ?? []).includes(name);
    default: return undefined;
  }
}

function set(config: FieldConfig, id: string, value: unknown): boolean {
  const plain = ['unit', 'decimals', 'min', 'max', 'displayName', 'noValue', 'color', 'thresholds', 'mappings', 'links', 'description', 'filterable', 'displayNameFromDS'];
  if (plain.includes(id)) {
    Object.assign(config, { [id]: value });
    return true;
  }
  if (!id.startsWith('custom.')) return false;
  const path = id.slice('custom.'.length).split('.');
  let at = (config.custom ??= {}) as Record<string, unknown>;
  for (const part of path.slice(0, -1)) at = (at[part] = { ...(at[part] as object) }) as Record<string, unknown>;
  at[path[path.length - 1]!] = value;
  return true;
}

export function applyFieldConfig(frames: Frame[], panel: Panel, notes: string[]): Frame[] {
  const { defaults, overrides } = panel.fieldConfig;
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      if (field.type === 'time') return field;
      const config: FieldConfig = { ...defaults, ...field.config, custom: { ...defaults.custom } };
      for (const override of overrides) {
        const fits = matches(override.matcher ?? { id: '' }, field, frame);
        if (fits === undefined) notes.push(`overrides by "${override.matcher?.id}" are not understood`);
        if (!fits) continue;
        for (const { id, value } of override.properties ?? []) if (!set(config, id, value)) notes.push(`the override of "${id}" is not understood`);
      }
      const named = config.displayName?.replace(/\$\{__field\.labels\.(\w+)\}/g, (_, label: string) => field.labels?.[label] ?? '')
        .replace(/\$\{__field\.(name|displayName)\}/g, field.name).replace(/\$\{__series\.name\}/g, field.display ?? field.name);
      return { ...field, config, display: named ?? field.display ?? field.name };
    }),
  }));
}

function mappingOf(config: FieldConfig, value: number | string | null): MappingResult | undefined {
  for (const mapping of config.mappings ?? []) {
    if (mapping.type === 'value' && value !== null && mapping.options[String(value)]) return mapping.options[String(value)];
    if (mapping.type === 'range' && typeof value === 'number') {
      const { from, to, result } = mapping.options;
      if ((from === null || from === undefined || value >= from) && (to === null || to === undefined || value <= to)) return result;
    }
    if (mapping.type === 'regex' && value !== null && regexOf(mapping.options.pattern)?.test(String(value))) return mapping.options.result;
    if (mapping.type === 'special') {
      const { match, result } = mapping.options;
      const fits: Record<string, boolean> = {
        null: value === null, nan: Number.isNaN(value), 'null+nan': value === null || Number.isNaN(value), true: value === 1, false: value === 0, empty: value === '',
      };
      if (fits[match]) return result;
    }
  }
  return undefined;
}

export function show(value: number | string | null | undefined, config: FieldConfig): Formatted {
  const mapped = mappingOf(config, value ?? null);
  if (mapped?.text) return { prefix: '', text: mapped.text, suffix: '' };
  if (value === null || value === undefined) return { prefix: '', text: config.noValue ?? 'No data', suffix: '' };
  if (typeof value === 'string') return { prefix: '', text: value, suffix: '' };
  return formatValue(value, config.unit, config.decimals);
}
export function showText(value: number | string | null | undefined, config: FieldConfig): string {
  const { prefix, text, suffix } = show(value, config);
  return prefix + text + (suffix ? (/^[%°\s]/.test(suffix) ? suffix : ` ${suffix}`) : '');
}

export function rangeOf(config: FieldConfig, values: readonly (number | string | null)[]): [number, number] {
  const min = config.min ?? Math.min(0, reduce(values, 'min') ?? 0);
  const max = config.max ?? (config.unit === 'percent' ? 100 : config.unit === 'percentunit' ? 1 : (reduce(values, 'max') ?? 100));
  return [min, max <= min ? min + 1 : max];
}

export function thresholdColor(value: number, thresholds: Thresholds | undefined, range: [number, number], scheme: Scheme = 'dark'): string {
  const { mode, steps } = thresholds?.steps?.length ? thresholds : defaultThresholds;
  const compared = mode === 'percentage' ? ((value - range[0]) / (range[1] - range[0])) * 100 : value;
  let color = steps[0]!.color;
  for (const step of steps) if (step.value === null || step.value === undefined || compared >= step.value) color = step.color;
  return colorOf(color, scheme);
}

/** Of one value: what stats, gauges and cells are drawn in. */
export function valueColor(value: number | string | null | undefined, config: FieldConfig, range: [number, number], index: number, scheme: Scheme): string {
  const mapped = mappingOf(config, value ?? null);
  if (mapped?.color) return colorOf(mapped.color, scheme);
  const mode = config.color?.mode ?? 'thresholds';
  if (mode === 'fixed') return colorOf(config.color?.fixedColor ?? 'green', scheme);
  if (typeof value !== 'number') return 'var(--dim)';
  if (continuous[mode]) return alongScale(continuous[mode], (value - range[0]) / (range[1] - range[0]));
  if (mode.startsWith('palette')) return paletteColor(index, scheme);
  return thresholdColor(value, config.thresholds, range, scheme);
}

/** Of a whole series: what lines are drawn in. */
export function seriesColor(field: Field, index: number, scheme: Scheme): string {
  const mode = field.config.color?.mode ?? 'palette-classic';
  if (mode === 'fixed' || mode === 'shades') return colorOf(field.config.color?.fixedColor ?? 'green', scheme);
  if (mode === 'thresholds' || continuous[mode]) return valueColor(reduce(field.values, 'lastNotNull'), field.config, rangeOf(field.config, field.values), index, scheme);
  return paletteColor(index, scheme);
}

// Panels at their places: rows closed and open, and what is repeated once for each value of a variable.
import type { Values } from './interpolate';
import type { GridPos, Panel } from './model';

export interface Placed {
  key: string;
  panel: Panel;
  pos: GridPos;
  values: Values;
}
export const repeatsMax = 50;

const withValue = (values: Values, name: string, value: string): Values => ({ ...values, [name]: { values: [value], multi: values[name]?.multi ?? false } });
const repeatValues = (values: Values, name: string | undefined): string[] | undefined => (name && values[name] ? values[name].values.slice(0, repeatsMax) : undefined);

function placePanel(panel: Panel, values: Values, key: string, shift: number): Placed[] {
  const repeated = repeatValues(values, panel.repeat);
  const pos = { ...panel.gridPos, y: panel.gridPos.y + shift };
  if (!repeated) return [{ key, panel, pos, values }];
  const down = panel.repeatDirection === 'v';
  const perRow = down ? 1 : Math.min(panel.maxPerRow ?? 4, Math.max(1, repeated.length));
  const width = down ? pos.w : Math.floor(24 / perRow);
  return repeated.map((value, i) => ({
    key: `${key}/${value}`, panel, values: withValue(values, panel.repeat!, value),
    pos: { x: down ? pos.x : (i % perRow) * width, y: pos.y + Math.floor(i / perRow) * pos.h, w: width, h: pos.h },
  }));
}

interface Section {
  row?: Panel;
  panels: Panel[];
}

/** `open` says whether a row (by its key) is; undefined: as the file has it. */
export function layout(panels: Panel[], values: Values, open: (key: string) => boolean | undefined): Placed[] {
  const sections: Section[] = [{ panels: [] }];
  const sorted = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  for (const panel of sorted) {
    if (panel.type === 'row') {
      sections.push({ row: panel, panels: [...panel.panels] });
      // A closed row holds its panels itself: what follows it is not its.
      if (panel.collapsed) sections.push({ panels: [] });
    }
    else sections[sections.length - 1]!.panels.push(panel);
  }
  const out: Placed[] = [];
  let y = 0;
  for (const { row, panels: inside } of sections) {
    const top = Math.min(...inside.map((panel) => panel.gridPos.y), Infinity);
    for (const value of row ? (repeatValues(values, row.repeat) ?? [undefined]) : [undefined]) {
      const scoped = value === undefined ? values : withValue(values, row!.repeat!, value);
      const key = row ? `row-${row.id}${value === undefined ? '' : `/${value}`}` : 'top';
      if (row) out.push({ key, panel: row, pos: { x: 0, y: y++, w: 24, h: 1 }, values: scoped });
      if (row && !(open(key) ?? !row.collapsed)) continue;
      const shift = y - (Number.isFinite(top) ? top : 0);
      let bottom = y;
      let pushed = 0;
      for (const panel of inside) {
        const placed = placePanel(panel, scoped, `${key}/${panel.id}`, shift + pushed);
        const end = Math.max(...placed.map((one) => one.pos.y + one.pos.h), bottom);
        // What a repeated panel needs beyond its own height moves what follows down.
        if (placed.length > 1) pushed += Math.max(0, Math.max(...placed.map((one) => one.pos.y + one.pos.h)) - (panel.gridPos.y + shift + pushed + panel.gridPos.h));
        bottom = Math.max(bottom, end);
        out.push(...placed);
      }
      y = bottom;
    }
  }
  return out;
}

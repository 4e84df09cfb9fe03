// Processes filtered, sorted and grouped for the table.
import { sumKnown, type Process, type Service } from '../api/snapshot';

export const columns = ['model', 'framework', 'pid', 'cpu', 'memory', 'vram', 'gpu', 'up'] as const;
export type Column = (typeof columns)[number];

export const gpuMemory = (process: Process) => sumKnown(process.gpus.map((one) => one.memory_bytes));
export function gpuUse(process: Process): number | null {
  const known = process.gpus.map((one) => one.utilization_percent).filter((one): one is number => one !== null);
  return known.length ? Math.max(...known) : null;
}

/** Every word has to occur somewhere in what the row shows; `pid:42` style is not needed, a number finds its PID and port. */
export function matches(process: Process, text: string): boolean {
  const hay = [process.model, process.framework, process.name, process.pid, process.service, process.user, process.role, process.command_line, process.container,
    ...process.ports.map((one) => one.port), process.is_orphan ? 'orphan' : '', process.is_simulated ? 'simulated' : ''].join(' ').toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => hay.includes(word));
}

const keyOf: Record<Column, (process: Process) => string | number | null> = {
  model: (p) => p.model.toLowerCase(), framework: (p) => p.framework, pid: (p) => p.pid, cpu: (p) => p.cpu_percent, memory: (p) => p.memory_bytes,
  vram: gpuMemory, gpu: gpuUse, up: (p) => -p.started,
};

/** What is not known comes last, whichever way it goes. */
export function compareBy(column: Column, down: boolean): (a: Process, b: Process) => number {
  const key = keyOf[column];
  return (a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return x === y ? a.pid - b.pid : x === null ? 1 : -1;
    const less = typeof x === 'string' ? x.localeCompare(String(y)) : x - (y as number);
    return (down ? -less : less) || a.pid - b.pid;
  };
}

export interface Group {
  service?: Service;
  key: string;
  members: Process[];
}

export function groupsOf(list: Process[], services: Service[], compare: (a: Process, b: Process) => number): Group[] {
  const byKey = new Map<string, Process[]>();
  for (const process of [...list].sort(compare)) {
    const key = process.service || `pid ${process.pid}`;
    byKey.set(key, [...(byKey.get(key) ?? []), process]);
  }
  // The map keeps the order of each group's first member: the table is sorted by its best one. The root leads its group.
  return [...byKey].map(([key, members]) => ({ key, service: services.find((one) => one.key === key), members: members.sort((a, b) => Number(b.is_root) - Number(a.is_root)) }));
}

// Scans as the server pushes them: one WebSocket for the whole page, open only while somebody looks (a component that shows scans, in a tab
// that is in sight). Where no socket stands (a proxy in between), the same is asked for every few seconds.
import { useSyncExternalStore } from 'react';
import { gpus, processes, type GpuSnapshot, type ProcessSnapshot } from './snapshot';
import { ApiError } from './http';

export interface Scan {
  processes: ProcessSnapshot | undefined;
  gpus: GpuSnapshot | undefined;
  error: Error | null;
}
const retryMs = 3000;
const pollMs = 5000;

let scan: Scan = { processes: undefined, gpus: undefined, error: null };
let socket: WebSocket | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function publish(next: Scan) {
  scan = next;
  listeners.forEach((one) => one());
}

async function poll() {
  try {
    const [one, other] = await Promise.all([processes(), gpus()]);
    publish({ processes: one, gpus: other, error: null });
  } catch (error) {
    // Before the first scan the server says so; what was seen stays where it goes away.
    if (!(error instanceof ApiError && error.status === 503)) publish({ ...scan, error: error instanceof Error ? error : new Error(String(error)) });
  }
}

function connect() {
  if (socket || !listeners.size || document.hidden) return;
  const url = new URL('/api/v1/live', location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const mine = new WebSocket(url);
  socket = mine;
  let opened = false;
  mine.onopen = () => (opened = true);
  mine.onmessage = (event) => publish({ ...(JSON.parse(String(event.data)) as { processes: ProcessSnapshot; gpus: GpuSnapshot }), error: null });
  mine.onclose = () => {
    socket = null;
    if (!opened) void poll();
    timer = setTimeout(connect, opened ? retryMs : pollMs);
  };
}

function update() {
  clearTimeout(timer);
  if (listeners.size && !document.hidden) return connect();
  if (!socket) return;
  socket.onclose = socket.onmessage = null;
  socket.close();
  socket = null;
}
document.addEventListener('visibilitychange', update);

function subscribe(listener: () => void) {
  listeners.add(listener);
  update();
  return () => {
    listeners.delete(listener);
    update();
  };
}

export const useScan = (): Scan => useSyncExternalStore(subscribe, () => scan);

// /api/v1/processes and /api/v1/gpus: the newest scan. Times are Unix seconds, sizes bytes; what could not be read is null.
import { getJson } from './http';

export interface ProcessGpu {
  gpu: string;
  source: string;
  memory_bytes: number | null;
  utilization_percent: number | null;
}
export interface Port {
  address: string;
  port: number;
}
export interface Process {
  pid: number;
  parent_pid: number;
  name: string;
  command_line: string;
  llm_type: string;
  framework: string;
  model: string;
  model_ref: string;
  role: string;
  service: string;
  is_root: boolean;
  is_orphan: boolean;
  is_simulated: boolean;
  user: string;
  container: string;
  pod: string;
  systemd_unit: string;
  started: number;
  cpu_percent: number | null;
  cpu_seconds: number | null;
  memory_bytes: number | null;
  proportional_memory_bytes: number | null;
  threads: number | null;
  open_files: number | null;
  read_bytes: number | null;
  written_bytes: number | null;
  gpus: ProcessGpu[];
  ports: Port[];
  reasons: { evidence: string; text: string; weight: number }[];
}
export interface Service {
  key: string;
  root_pid: number;
  framework: string;
  model: string;
  llm_type: string;
  container: string;
  is_orphan: boolean;
  is_simulated: boolean;
  members: number[];
  ports: Port[];
  cpu_percent: number | null;
  memory_bytes: number | null;
  gpu_memory_bytes: number | null;
}
export interface ProcessSnapshot {
  time: number;
  scanned: number;
  processes: Process[];
  services: Service[];
}
export interface Gpu {
  gpu: string;
  gpu_type: string;
  uuid: string;
  driver: string;
  source: string;
  utilization_percent: number | null;
  memory_used_bytes: number | null;
  memory_total_bytes: number | null;
  temperature_celsius: number | null;
  power_watts: number | null;
  power_limit_watts: number | null;
}
export interface GpuSnapshot {
  time: number;
  gpus: Gpu[];
}

export const processes = (signal?: AbortSignal) => getJson<ProcessSnapshot>('/api/v1/processes', {}, signal);
export const gpus = (signal?: AbortSignal) => getJson<GpuSnapshot>('/api/v1/gpus', {}, signal);

/** Adds what is known; null when nothing is. */
export function sumKnown(values: (number | null | undefined)[]): number | null {
  let out: number | null = null;
  for (const value of values) if (value !== null && value !== undefined) out = (out ?? 0) + value;
  return out;
}

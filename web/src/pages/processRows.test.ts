// The golden files are those that the C++ tests assert of the server: neither side can drift alone.
import { describe, expect, test } from 'vitest';
import gpusFile from '../../../tests/golden/gpus.json';
import processesFile from '../../../tests/golden/processes.json';
import { sumKnown, type GpuSnapshot, type Process, type ProcessSnapshot } from '../api/snapshot';
import { compareBy, gpuMemory, gpuUse, groupsOf, matches } from './processRows';
import { unitOf } from './ExploreMetrics';

// The compiler checks that the file has every field of the type.
const snapshot: ProcessSnapshot = processesFile;
const gpus: GpuSnapshot = gpusFile;
const [vllm, broken] = snapshot.processes as [Process, Process];

describe('the golden snapshot', () => {
  test('has what the table shows', () => {
    expect([vllm.model, vllm.framework, vllm.cpu_percent, gpuMemory(vllm), gpuUse(vllm)]).toEqual(['Qwen/Qwen2.5-7B', 'vllm', 123.5, 8589934592, null]);
    expect([broken.cpu_percent, broken.memory_bytes, gpuMemory(broken), gpuUse(broken)]).toEqual([null, null, null, null]);
  });
  test('what could not be read is not zero in a sum', () => {
    expect(sumKnown(gpus.gpus.map((one) => one.memory_total_bytes))).toBe(85899345920);
    expect(sumKnown([null, undefined])).toBeNull();
  });
});

describe('the table', () => {
  test('is filtered by every word', () => {
    const f = (text: string) => snapshot.processes.filter((one) => matches(one, text)).map((one) => one.pid);
    expect([f(''), f('qwen'), f('QWEN 8000'), f('qwen nothing'), f('4712'), f('"quoted"')]).toEqual([[4711, 4712], [4711], [4711], [], [4712], [4712]]);
  });
  test('sorts what is not known to the end, both ways', () => {
    const f = (down: boolean) => [...snapshot.processes].sort(compareBy('memory', down)).map((one) => one.pid);
    expect([f(true), f(false)]).toEqual([[4711, 4712], [4711, 4712]]);
  });
  test('groups by service with the root first', () => {
    const worker = { ...vllm, pid: 9, is_root: false, memory_bytes: 1e12 };
    const groups = groupsOf([vllm, broken, worker], snapshot.services, compareBy('memory', true));
    expect(groups.map((one) => [one.key, one.members.map((process) => process.pid)])).toEqual([['vllm/Qwen2.5-7B@4711', [4711, 9]], ['pid 4712', [4712]]]);
    expect(groups[0]!.service?.root_pid).toBe(4711);
  });
});

test('units follow from the names of metrics', () => {
  const f = unitOf;
  expect([f('llm_process_memory_bytes'), f('rate(llm_process_read_bytes_total[1m])'), f('llm_process_cpu_percent'), f('histogram_quantile(0.95, sum(rate(llm_inference_latency_seconds_bucket[5m])) by (le))'), f('llm_kv_cache_usage_ratio'), f('nvidia_gpu_temperature'), f('count(llm_process_memory_bytes)')]).toEqual([
    'bytes', 'binBps', 'percent', 's', 'percentunit', 'celsius', 'short']);
});

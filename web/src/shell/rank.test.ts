import { expect, test } from 'vitest';
import { rank, type Found } from './rank';

const one = (kind: Found['kind'], name: string, detail = ''): Found => ({ kind, name, detail, href: name });
const things = [one('metric', 'llm_process_gpu_memory_bytes'), one('metric', 'gpu_seconds'), one('process', 'gpt2 (27483)', 'transformers run-model.py'), one('dashboard', 'GPU'), one('page', 'Processes')];
const f = (text: string) => rank(things, text).map((found) => found.name);

test('nothing typed: pages first', () => expect(f('')[0]).toBe('Processes'));
test('starts of names before their middle', () => expect(f('gpu')).toEqual(['GPU', 'gpu_seconds', 'llm_process_gpu_memory_bytes']));
test('every word counts, in any order', () => expect(f('memory gpu')).toEqual(['llm_process_gpu_memory_bytes']));
test('a PID and a detail find a process', () => expect([f('27483'), f('transformers')]).toEqual([['gpt2 (27483)'], ['gpt2 (27483)']]));
test('what is not there is not found', () => expect(f('zebra')).toEqual([]));

import { CompletionContext } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { firstProblem } from './grammar';
import { completeTraceQl, treeOf } from './traceql';

describe('lint', () => {
  const f = (query: string) => firstProblem(treeOf(query), query).map(({ from, to, message }) => `${from}-${to} ${message}`);
  test('leaves alone what the server takes', () => {
    for (const query of ['', '  ', '{ }', '{ nestedSetParent < 0 }', '{ nestedSetLeft > 1 && nestedSetRight < parent.a } >> { }', '{ } | select(nestedSetParent)', '{ } | compare({ status = error })', '{ } | compare({ nestedSetParent < 0 }, 10, 1, 2)'])
      expect(f(query), query).toEqual([]);
  });
  test('marks the first problem at its place', () => {
    expect(f('{ nestedSetParent < }')).toEqual(['20-21 this does not belong here']);
    expect(f('{ nestedSetParent < 0')).toEqual(['20-21 the query is not finished']);
    expect(f('{ } | compare()')).toEqual(['14-15 this does not belong here']);
    expect(f('{ } | compare({ status = })')).toHaveLength(1);
  });
});

describe('completion', () => {
  // Without a server: tags and values of its traces are left out.
  beforeAll(() => void vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no server'))));
  afterAll(() => void vi.unstubAllGlobals());
  const f = async (before: string, explicit = true) => {
    const found = await completeTraceQl(new CompletionContext(EditorState.create({ doc: before }), before.length, explicit));
    return found ? { from: found.from, labels: found.options.map((one) => one.label) } : null;
  };
  test('knows compare() and what belongs into it', async () => {
    expect((await f('{ } | com'))!.labels).toContain('compare({ })');
    expect(await f('{ } | compare(')).toEqual({ from: 14, labels: ['{ }'] });
    expect((await f('{ } | compare({ sta'))!.labels).toContain('status');
    expect((await f('{ } | compare({ status = '))!.labels).toEqual(['error', 'ok', 'unset']);
    expect(await f('{ } | compare({ status = error }')).toEqual({ from: 32, labels: [')', ', 20)'] });
  });
  test('knows the places of spans in their tree', async () => {
    expect((await f('{ nested'))!.labels).toEqual(expect.arrayContaining(['nestedSetParent', 'nestedSetLeft', 'nestedSetRight']));
    expect(await f('{ nestedSetParent < ')).toEqual({ from: 20, labels: ['0'] });
    expect((await f('{ nestedSetParent '))!.labels).toContain('<');
  });
});

// The golden files are those that the C++ tests assert of the Loki API: neither side can drift alone.
import { describe, expect, test } from 'vitest';
import categorizedFile from '../../../tests/golden/loki_streams_categorized.json';
import labelsFile from '../../../tests/golden/loki_labels.json';
import matrixFile from '../../../tests/golden/loki_matrix.json';
import streamsFile from '../../../tests/golden/loki_streams.json';
import vectorFile from '../../../tests/golden/loki_vector.json';
import { framesOf } from '../dashboard/frames';
import { levelOf } from '../logs/level';
import { volumeOf } from '../logs/volume';
import { linesOf, type Stream } from './loki';
import type { MatrixSeries } from './prometheus';

describe('the golden answers of the Loki API', () => {
  const streams = streamsFile.data.result as unknown as Stream[];
  test('streams are lines, in the order of their nanoseconds', () => {
    const lines = linesOf(streams, 'forward');
    expect(lines.length).toBe(streams.reduce((sum, one) => sum + one.values.length, 0));
    for (let i = 1; i < lines.length; ++i) expect(BigInt(lines[i]!.ns)).toBeGreaterThanOrEqual(BigInt(lines[i - 1]!.ns));
    expect(linesOf(streams, 'backward').map((one) => one.ns)).toEqual(lines.map((one) => one.ns).sort().reverse());
    expect(new Set(lines.map((one) => levelOf(one.line, one.labels)))).toContain('error');
  });
  test('categorized labels join those of the stream', () => {
    const plain = linesOf(categorizedFile.data.result as unknown as Stream[], 'forward');
    const categorized = (categorizedFile.data.result as unknown as Stream[]).flatMap((one) => one.values.filter((value) => value[2]?.structuredMetadata));
    for (const [ns, line, extra] of categorized) expect(plain.find((one) => one.ns === ns && one.line === line)!.labels).toMatchObject(extra!.structuredMetadata!);
  });
  test('a matrix is a volume by level', () => {
    const volume = volumeOf(matrixFile.data.result as unknown as MatrixSeries[], { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 }, 30_000);
    expect(volume.byLevel.map((one) => one.level)).toEqual(['error', 'info']);
    expect(volume.total).toBe(matrixFile.data.result.reduce((sum, one) => sum + one.values.reduce((all, [, value]) => all + Number(value), 0), 0));
  });
  test('matrix and vector are frames', () => {
    expect(framesOf(matrixFile.data as never, 'A', undefined, false, 30_000).map((one) => one.fields[1]!.display)).toEqual(['error', 'info']);
    expect(framesOf(vectorFile.data as never, 'A', undefined, false, 30_000).length).toBe(vectorFile.data.result.length);
  });
  test('label names are names', () => expect(labelsFile.data).toContain('job'));
});

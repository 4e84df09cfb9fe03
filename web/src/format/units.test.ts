import { expect, test } from 'vitest';
import { age, formatText, isKnownUnit } from './units';

const f = (value: number | null, unit?: string, decimals?: number) => formatText(value, unit, decimals);

test('bytes are counted in powers of 1024', () => expect([f(0, 'bytes'), f(1023, 'bytes'), f(1024, 'bytes'), f(18.5 * 2 ** 30, 'bytes'), f(-2048, 'bytes')]).toEqual(['0 B', '1023 B', '1 KiB', '18.5 GiB', '-2 KiB']));
test('decimal bytes in powers of 1000', () => expect([f(1000, 'decbytes'), f(1.5e9, 'decbytes')]).toEqual(['1 kB', '1.5 GB']));
test('per cent is never GiB', () => expect([f(77, 'percent'), f(0.77, 'percentunit'), f(50, 'percent', 2)]).toEqual(['77%', '77%', '50.00%']));
test('times', () => expect([f(0.0025, 's'), f(90, 's'), f(0, 's'), f(1500, 'ms'), f(7200, 's')]).toEqual(['2.5 ms', '1.5 min', '0 s', '1.5 s', '2 h']));
test('rates and counts', () => expect([f(2.04, 'reqps'), f(12_345, 'short'), f(1234, 'ops'), f(337.2, 'suffix:tok/s')]).toEqual(['2.04 req/s', '12.3 K', '1.23 k ops/s', '337.2 tok/s']));
test('measures', () => expect([f(61, 'celsius'), f(512.25, 'watt'), f(1410e6, 'hertz'), f(0.004, 'watt')]).toEqual(['61°C', '512.3 W', '1.41 GHz', '4 mW']));
test('what is not there is not zero', () => expect([f(null, 'bytes'), f(NaN, 'bytes'), f(Infinity, 's'), f(-Infinity, 's')]).toEqual(['-', 'NaN', '+Inf', '-Inf']));
test('a unit that is not known stands behind the number', () => expect([f(3, 'bananas'), isKnownUnit('bananas'), isKnownUnit('suffix:x')]).toEqual(['3 bananas', false, true]));
test('small and large numbers keep their digits', () => expect([f(0.000123), f(123456), f(1e18), f(0.1 + 0.2)]).toEqual(['0.000123', '123456', '1.00e+18', '0.3']));
test('ages', () => expect([age(0), age(59.9), age(60), age(7260), age(90_000), age(-4)]).toEqual(['0 s', '59 s', '1 min', '2 h 1 min', '1 d 1 h', '0 s']));

import { expect, test } from 'vitest';
import { hrefOf } from './Links';

const context = { values: { model: { values: ['a/b "c"'], multi: false } }, time: 'from=now-1h&to=now', variables: 'var-model=x' };
const f = (url: string, keepTime = false, includeVars = false) => hrefOf(url, context, keepTime, includeVars);

test('addresses of Grafana become ours', () => expect([f('/d/gpu/gpu-name?x=1'), f('/d/gpu'), f('/processes')]).toEqual(['/dashboards/gpu?x=1', '/dashboards/gpu', '/processes']));
test('time and variables go along where they are asked for', () => {
  expect(f('/d/gpu', true, true)).toBe('/dashboards/gpu?from=now-1h&to=now&var-model=x');
  expect(f('/d/gpu?a=1', true)).toBe('/dashboards/gpu?a=1&from=now-1h&to=now');
  expect(f('/d/gpu?${__url_time_range}&${__all_variables}')).toBe('/dashboards/gpu?from=now-1h&to=now&var-model=x');
});
test('variables are put in', () => expect(f('https://example.org/?m=${model:percentencode}')).toBe('https://example.org/?m=a%2Fb%20%22c%22'));
test('what is no address leads nowhere', () => expect([f('javascript:alert(1)'), f('//evil.example'), f('data:text/html,x'), f(''), f('JavaScript:1')]).toEqual(Array(5).fill(undefined)));

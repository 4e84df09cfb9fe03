import { expect, test } from 'vitest';
import { ApiError, isUnreachable, problemOf } from './http';

test('an error of our own API is read as its sentence, any other as it is', () => {
  expect(problemOf('{"error":"cannot make a baseline of 3 prompts"}', 400)).toBe('cannot make a baseline of 3 prompts');
  expect(problemOf(' 502 Bad Gateway\n', 502)).toBe('502 Bad Gateway');
  expect(problemOf('{"error":""}', 400)).toBe('{"error":""}');
  expect(problemOf('null', 500)).toBe('null');
  expect(problemOf('', 503)).toBe('HTTP 503');
});

test('a server that does not answer is told from one that refuses', () => {
  expect(isUnreachable(new ApiError('x', 0, 'unreachable'))).toBe(true);
  expect(isUnreachable(new ApiError('x', 500))).toBe(false);
  expect(isUnreachable(new Error('x'))).toBe(false);
});

import { expect, test } from 'vitest';
import { conversationOf } from './content';
import type { Bag, Span, TraceEvent } from './model';

const span = (attributes: Bag, events: TraceEvent[] = []): Span => ({ id: '1', parent: '', service: 's', name: 'chat', kind: '', isError: false, statusMessage: '', startMs: 0, durationMs: 1, attributes, resource: {}, scope: '', events, links: [] });
const f = (attributes: Bag, events: TraceEvent[] = []) => {
  const { input, output } = conversationOf(span(attributes, events));
  return [...input.map((one) => `${one.role}: ${one.text}`), '->', ...output.map((one) => `${one.role}: ${one.text}`)].join(' ');
};

test('prompt and answer of every dialect are one conversation', () => {
  expect(f({ 'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]', 'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"Hello"},{"type":"tool_call","name":"f","arguments":{"a":1}}]}]' })).toBe('user: Hi -> assistant: Hello\nf({"a":1})');
  expect(f({ 'gen_ai.prompt.0.role': 'system', 'gen_ai.prompt.0.content': 'Be short', 'gen_ai.prompt.1.role': 'user', 'gen_ai.prompt.1.content': 'Hi', 'gen_ai.completion.0.content': 'Yo' })).toBe('system: Be short user: Hi -> assistant: Yo');
  expect(f({ 'llm.input_messages.0.message.role': 'user', 'llm.input_messages.0.message.content': 'Hi', 'llm.output_messages.0.message.content': 'Hello', 'input.value': '{"messages":[]}' })).toBe('user: Hi -> assistant: Hello');
  expect(f({ 'input.value': 'plain', 'output.value': '{"content":"x"}' })).toBe('user: plain -> assistant: x');
  expect(f({ 'gen_ai.system_instructions': '[{"type":"text","content":"Rules"}]', 'traceloop.entity.input': 'Q' })).toBe('system: Rules user: Q ->');
  expect(f({}, [{ atMs: 0, name: 'gen_ai.user.message', attributes: { content: 'Hi' } }, { atMs: 1, name: 'gen_ai.choice', attributes: { message: '{"role":"assistant","content":"Hello"}' } }])).toBe('user: Hi -> assistant: Hello');
  expect(f({}, [{ atMs: 0, name: 'gen_ai.client.inference.operation.details', attributes: { 'gen_ai.input.messages': '[{"role":"user","content":"Q"}]', 'gen_ai.output.messages': 'A' } }])).toBe('user: Q -> assistant: A');
});

test('what is damaged, cut or masked is shown as it came', () => {
  expect(f({ 'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"te' })).toBe('user: [{"role":"user","parts":[{"type":"te ->');
  expect(f({ 'gen_ai.input.messages': '[1, null, {"role": 5}]' })).toContain('->');
  expect(f({ 'gen_ai.prompt.length': 12, 'prompt.length': 3 })).toBe('->');
});

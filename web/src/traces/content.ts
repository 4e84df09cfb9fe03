// What people and models wrote, out of a span: the attributes and events of every generation of the GenAI conventions, Traceloop's and
// OpenInference's. Which of it is stored is the server's business (`logs.content`).
import { plainText, type Bag, type Plain, type Span } from './model';

export interface Message {
  role: string;
  text: string;
}
export interface Conversation {
  input: Message[];
  output: Message[];
}

/** The text of a message's content: text, or a list of parts of which some are text. */
function textOf(content: Plain | undefined): string {
  if (content === null || content === undefined) return '';
  if (typeof content !== 'object') return String(content);
  if (Array.isArray(content)) return content.map(textOf).filter(Boolean).join('\n');
  if (content.type === 'tool_call' || content.type === 'tool_use') return `${plainText(content.name)}(${plainText(content.arguments ?? content.input)})`;
  if (content.type === 'tool_call_response') return plainText(content.response ?? content.result);
  const inside = content.content ?? content.text ?? content.message;
  return inside !== undefined ? textOf(inside) : content.parts !== undefined ? textOf(content.parts) : plainText(content);
}

function parsed(text: Plain | undefined): Plain {
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return text ?? null;
  try {
    return JSON.parse(text) as Plain;
  } catch {
    return text;
  }
}

/** A list of messages, or one, or plain text. */
function messagesOf(value: Plain | undefined, role: string): Message[] {
  const plain = parsed(value);
  if (plain === null || plain === '') return [];
  if (typeof plain !== 'object') return [{ role, text: String(plain) }];
  if (!Array.isArray(plain)) {
    if (Array.isArray(plain.messages)) return messagesOf(plain.messages, role);
    return [{ role: plainText(plain.role) || role, text: textOf(plain) }];
  }
  return plain.map((one) => (one !== null && typeof one === 'object' && !Array.isArray(one) ? { role: plainText(one.role) || role, text: textOf(one.parts ?? one.content ?? one) } : { role, text: textOf(one) }));
}

/** `PREFIX.0.role`, `PREFIX.0.content`, `PREFIX.0.message.content`: one attribute for each part. */
function numbered(attributes: Bag, prefix: string, role: string): Message[] {
  const found = new Map<number, Message>();
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    const rest = /^(\d+)\.(?:message\.)?(role|content|contents\.\d+\.message_content\.text|tool_calls\..+)$/.exec(name.slice(prefix.length + 1));
    if (!rest) continue;
    const message = found.get(Number(rest[1])) ?? { role, text: '' };
    if (rest[2] === 'role') message.role = plainText(value) || role;
    else message.text += (message.text ? '\n' : '') + textOf(parsed(value));
    found.set(Number(rest[1]), message);
  }
  return [...found].sort((a, b) => a[0] - b[0]).map(([, message]) => message);
}

const inputs = ['gen_ai.input.messages', 'gen_ai.prompt', 'traceloop.entity.input', 'input.value', 'llm.prompts', 'prompt', 'prompt.text'];
const outputs = ['gen_ai.output.messages', 'gen_ai.completion', 'traceloop.entity.output', 'output.value', 'llm.completions', 'completion', 'answer', 'response.text'];

export function conversationOf(span: Span): Conversation {
  const { attributes } = span;
  const system = messagesOf(attributes['gen_ai.system_instructions'], 'system');
  const first = (names: string[], role: string) => {
    for (const name of names) {
      const found = messagesOf(attributes[name], role).filter((one) => one.text !== '');
      if (found.length) return found;
    }
    return [];
  };
  const told = (prefixes: string[], role: string) => prefixes.map((prefix) => numbered(attributes, prefix, role)).find((one) => one.length) ?? [];
  let input = told(['gen_ai.prompt', 'llm.input_messages', 'llm.prompts'], 'user');
  let output = told(['gen_ai.completion', 'llm.output_messages', 'llm.completions'], 'assistant');
  if (!input.length) input = first(inputs, 'user');
  if (!output.length) output = first(outputs, 'assistant');
  for (const { name, attributes: bag } of span.events) {
    const event = /^gen_ai\.(?:(system|user|assistant|tool)\.message|choice|content\.(prompt|completion)|client\.inference\.operation\.details)$/.exec(name);
    if (!event) continue;
    if (name === 'gen_ai.client.inference.operation.details') {
      if (!input.length) input = messagesOf(bag['gen_ai.input.messages'], 'user');
      if (!output.length) output = messagesOf(bag['gen_ai.output.messages'], 'assistant');
      continue;
    }
    const isAnswer = name === 'gen_ai.choice' || event[2] === 'completion';
    const found = messagesOf(bag.content ?? bag.message ?? bag['gen_ai.prompt'] ?? bag['gen_ai.completion'] ?? bag['gen_ai.event.content'] ?? bag.body, event[1] ?? (isAnswer ? 'assistant' : 'user'));
    (isAnswer ? output : input).push(...found.filter((one) => one.text !== ''));
  }
  return { input: [...system, ...input], output };
}

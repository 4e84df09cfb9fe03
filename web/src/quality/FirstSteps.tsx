// What to send, where nothing has come yet.
import { useState } from 'react';
import { Icon } from '../shell/icons';

const python = `import monitorai

@monitorai.evaluated(model="llama-3.1-8b",
                     facts="passages")
def generate(prompt, passages):
    ...
    return answer`;
const curl = (origin: string) => `curl ${origin}/api/v1/quality/evaluate \\
  -d '{
  "model": "llama-3.1-8b",
  "prompt": "How tall is the Eiffel Tower?",
  "answer": "It is 330 metres tall and was built in 1989.",
  "facts": ["The Eiffel Tower was built in 1889. It is 330 metres tall."]
}'`;

const demo = (origin: string) => `monitorai demo --incident hallucination --url ${origin}`;

function Command({ name, text }: { name: string; text: string }) {
  const [state, setState] = useState<'' | 'copied' | 'failed'>('');
  // Browsers give a clipboard to safe origins alone (https, this machine).
  const copy = () => (navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error())).then(() => setState('copied'), () => setState('failed'));
  return (
    <div className="command">
      <pre tabIndex={0} role="region" aria-label={name}>{text}</pre>
      <button className="button small" aria-label={`Copy: ${name}`} onClick={() => void copy()}><Icon name={state === 'copied' ? 'check' : 'copy'} size={13} />{state === 'copied' ? 'Copied' : 'Copy'}</button>
      <span className="visually-hidden" role="status">{state === 'copied' ? 'Copied' : state === 'failed' ? 'The browser does not allow it: select the text' : ''}</span>
      {state === 'failed' && <p className="dim" aria-hidden="true">The browser does not allow it here: select the text.</p>}
    </div>
  );
}

export function FirstSteps() {
  return (
    <div className="first-steps">
      <div className="card first-head"><span className="first-icon"><Icon name="check" size={26} /></span><div><h2>Nothing was judged yet</h2><p>Send prompts and answers, and this page says whether the prompts are still those the service was made for, and how many answers can be trusted. Nothing leaves this machine, and no second model is asked.</p></div></div>
      <div className="first-ways">
        <section className="card card-body"><h3>From a Python program</h3><Command name="Python" text={python} /><p className="dim">The package is in <code className="code">sdk/python</code>. It queues answers, never waits, and needs nothing else.</p></section>
        <section className="card card-body"><h3>From anything else</h3><Command name="curl" text={curl(location.origin)} /><p className="dim">The answer says what is not supported. Lists of up to 1,000 are taken, too.</p></section>
        <section className="card card-body"><h3>What comes by itself</h3><ul className="plain"><li>GenAI spans that carry prompts and answers (OpenTelemetry, ports 4317 and 4318)</li><li>log lines with <code className="code">[USER]</code> and <code className="code">[MODEL]</code>, and structured ones with <code className="code">prompt</code> and <code className="code">answer</code></li></ul><p className="dim">Facts, token log probabilities or further samples are what an answer is judged by; prompts alone are enough for drift.</p></section>
      </div>
      <section className="card card-body"><h3>Or see it first</h3><Command name="demo" text={demo(location.origin)} /><p className="dim">A simulated service sends answers, and after a while three of five are made up. Its service is called <code className="code">demo/hallucination</code>; <code className="code">--incident drift</code> changes the prompts instead.</p></section>
    </div>
  );
}

// What to send, where nothing has come yet.
import { Icon } from '../shell/icons';

const python = `import monitorai

@monitorai.evaluated(model="llama-3.1-8b", facts="passages")
def generate(prompt, passages):
    ...
    return answer`;
const curl = (origin: string) => `curl ${origin}/api/v1/quality/evaluate -d '{
  "model": "llama-3.1-8b",
  "prompt": "How tall is the Eiffel Tower?",
  "answer": "It is 330 metres tall and was built in 1989.",
  "facts": ["The Eiffel Tower was built in 1889. It is 330 metres tall."]
}'`;

export function FirstSteps() {
  return (
    <div className="first-steps">
      <div className="card first-head"><span className="first-icon"><Icon name="check" size={26} /></span><div><h2>Nothing was judged yet</h2><p>Send prompts and answers, and this page says whether the prompts are still those the service was made for, and how many answers can be trusted. Nothing leaves this machine, and no second model is asked.</p></div></div>
      <div className="first-ways">
        <section className="card card-body"><h3>From a Python program</h3><pre tabIndex={0} role="region" aria-label="Python">{python}</pre><p className="dim">The package is in <code className="code">sdk/python</code>. It queues answers, never waits, and needs nothing else.</p></section>
        <section className="card card-body"><h3>From anything else</h3><pre tabIndex={0} role="region" aria-label="curl">{curl(location.origin)}</pre><p className="dim">The answer says what is not supported. Lists of up to 1,000 are taken, too.</p></section>
        <section className="card card-body"><h3>What comes by itself</h3><ul className="plain"><li>GenAI spans that carry prompts and answers (OpenTelemetry, ports 4317 and 4318)</li><li>log lines with <code className="code">[USER]</code> and <code className="code">[MODEL]</code>, and structured ones with <code className="code">prompt</code> and <code className="code">answer</code></li></ul><p className="dim">Facts, token log probabilities or further samples are what an answer is judged by; prompts alone are enough for drift.</p></section>
      </div>
    </div>
  );
}

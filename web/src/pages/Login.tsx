// The password, asked for in place of the page that was opened: its address stays, and it is there once the password is right.
import { useEffect, useState, type FormEvent } from 'react';
import { logIn } from '../api/session';
import './login.css';

export default function Login() {
  const [user, setUser] = useState('admin');
  const [password, setPassword] = useState('');
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Log in - MonitorAI';
  }, []);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const problem = await logIn(user, password);
    if (problem === null) return location.reload();
    setTrouble(problem);
    setPassword('');
    setBusy(false);
  };
  return (
    <main className="login">
      <form className="card login-card" onSubmit={send}>
        <h1><img src="/favicon.svg" alt="" width="36" height="36" />MonitorAI</h1>
        <label>User<input className="input" name="user" autoComplete="username" autoCapitalize="none" required value={user} onChange={(event) => setUser(event.currentTarget.value)} /></label>
        <label>Password<input className="input" name="password" type="password" autoComplete="current-password" autoFocus required value={password} onChange={(event) => setPassword(event.currentTarget.value)} /></label>
        {trouble && <p className="error" role="alert">{trouble}</p>}
        <button className="button primary" disabled={busy || !user || !password}>Log in</button>
        <p className="dim">Forgotten? <code className="code">monitorai passwd</code> on the machine makes a new one.</p>
      </form>
    </main>
  );
}

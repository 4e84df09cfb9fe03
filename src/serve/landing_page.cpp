#include "serve/landing_page.h"

namespace monitorai::serve {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

constexpr std::string_view kIcon = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0d1710"/>
<path d="M4 19h5l3-9 5 15 4-11 2 5h5" fill="none" stroke="#27AE60" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>
</svg>
)";

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>MonitorAI</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/landing.css">
<script src="/landing.js" defer></script>
</head>
<body>
<header>
<img src="/favicon.svg" alt="" width="36" height="36">
<h1>MonitorAI</h1>
<p id="state" role="status">connecting</p>
</header>
<main>
<section class="numbers" aria-label="Now">
<div><b id="count">-</b><span>LLM processes</span></div>
<div><b id="services">-</b><span>services</span></div>
<div><b id="cpu">-</b><span>CPU, all processes</span></div>
<div><b id="memory">-</b><span>memory, all services</span></div>
<div><b id="vram">-</b><span>GPU memory</span></div>
</section>
<section>
<h2>Processes</h2>
<div class="scroll" tabindex="0" role="region" aria-label="LLM processes">
<table id="table" hidden>
<thead><tr><th>Model</th><th>Framework</th><th>Name</th><th>Role</th><th class="n">PID</th><th class="n">CPU</th><th class="n">Memory</th><th class="n">GPU memory</th><th>GPU</th><th>Ports</th><th class="n">Up</th></tr></thead>
<tbody id="rows"></tbody>
</table>
</div>
<div id="empty" class="empty" hidden>
<h3>No LLM process is running</h3>
<p>Start one and it shows up here by itself: <code>ollama serve</code>, <code>vllm serve MODEL</code>, <code>llama-server -m FILE.gguf</code>, or your own Python script.</p>
<p>No model at hand? <code>monitorai demo</code> starts a few simulated ones. One is missing? <code>monitorai ps --explain PID</code> says why.</p>
</div>
</section>
<section>
<h2>Served here</h2>
<ul class="endpoints">
<li><a href="/metrics">/metrics</a><span>everything, for Prometheus (text 0.0.4 and OpenMetrics)</span></li>
<li><a href="/api/v1/processes">/api/v1/processes</a><span>LLM processes and services as JSON</span></li>
<li><a href="/api/v1/gpus">/api/v1/gpus</a><span>GPUs as JSON</span></li>
<li><a href="/-/healthy">/-/healthy</a><span>200 while the program runs</span></li>
<li><a href="/-/ready">/-/ready</a><span>200 once the first scan is done</span></li>
<li><code>POST /-/reload</code><span>reads the configuration again</span></li>
</ul>
</section>
</main>
</body>
</html>
)";

constexpr std::string_view kStyle =
    R"(:root{--green:#27AE60;--soft:#a9dfbf;--text:#dcebe1;--dim:#86a390;--line:#1f3327;--card:#111d15;--page:#0a120d;--yellow:#f2c94c;--red:#eb5757}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
header{display:flex;align-items:center;gap:12px;padding:18px 28px;border-bottom:1px solid var(--line)}
h1{font-size:20px;margin:0;color:#fff;font-weight:650}
#state{margin:0 0 0 auto;color:var(--dim);font-size:13px}
#state::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--yellow);margin-right:8px}
#state.up::before{background:var(--green)}
#state.down::before{background:var(--red)}
main{max-width:1440px;margin:0 auto;padding:24px 28px 48px}
h2{font-size:13px;text-transform:uppercase;letter-spacing:.08em;color:var(--green);margin:32px 0 10px}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px}
.numbers div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 18px}
.numbers b{display:block;font-size:27px;line-height:1.25;color:#fff;font-weight:600;font-variant-numeric:tabular-nums}
.numbers span{color:var(--dim);font-size:13px}
.scroll{overflow-x:auto;border-radius:10px}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);font-size:14px}
th{text-align:left;color:var(--dim);font-weight:500;padding:9px 12px;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:9px 12px;border-bottom:1px solid var(--line);white-space:nowrap;max-width:340px;overflow:hidden;text-overflow:ellipsis}
tr:last-child td{border-bottom:0}
tbody tr:hover{background:#16261c}
.n{text-align:right;font-variant-numeric:tabular-nums}
td:first-child{max-width:440px;color:var(--soft);font-weight:600}
.tag{margin-left:8px;padding:1px 7px;border-radius:9px;border:1px solid var(--yellow);color:var(--yellow);font-size:11px;font-weight:500}
.tag.bad{border-color:var(--red);color:var(--red)}
.empty{background:var(--card);border:1px dashed #2c4a38;border-radius:10px;padding:26px;text-align:center;color:var(--dim)}
.empty h3{margin:0 0 8px;color:var(--text);font-size:17px}
code{background:#0d1710;border:1px solid var(--line);border-radius:5px;padding:1px 6px;color:var(--soft);font-size:13px}
.endpoints{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.endpoints li{display:flex;gap:14px;flex-wrap:wrap;align-items:baseline}
.endpoints a{color:var(--green)}
.endpoints li>:first-child{min-width:170px}
.endpoints span{color:var(--dim)}
:focus-visible{outline:2px solid var(--green);outline-offset:2px}
)";

constexpr std::string_view kScript = R"('use strict';
const kRefreshMs = 5000;
const at = (id) => document.getElementById(id);
const sum = (values) => values.reduce((a, v) => (v === null || v === undefined ? a : (a === null ? v : a + v)), null);
const bytes = (v) => {
  if (v === null || v === undefined) return '-';
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (v >= 1024 && unit < names.length - 1) { v /= 1024; ++unit; }
  return (unit && v < 10 ? v.toFixed(1) : v.toFixed(0)) + ' ' + names[unit];
};
const percent = (v) => (v === null || v === undefined ? '-' : v.toFixed(v < 10 ? 1 : 0) + ' %');
const age = (s) => {
  if (s < 60) return Math.max(0, Math.floor(s)) + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min';
  if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
};
const cell = (text, number) => {
  const td = document.createElement('td');
  td.textContent = text;
  td.title = text;
  if (number) td.className = 'n';
  return td;
};
const tag = (text, bad) => {
  const span = document.createElement('span');
  span.className = bad ? 'tag bad' : 'tag';
  span.textContent = text;
  return span;
};
const row = (p, now) => {
  const tr = document.createElement('tr');
  const model = cell(p.model || 'unknown model');
  model.title = p.command_line;
  if (p.is_simulated) model.append(tag('simulated'));
  if (p.is_orphan) model.append(tag('orphan', true));
  const gpus = p.gpus.map((g) => g.gpu + (g.utilization_percent === null ? '' : ' ' + percent(g.utilization_percent)));
  tr.append(model, cell(p.framework || 'unknown'), cell(p.name), cell(p.role || '-'), cell(String(p.pid), true),
    cell(percent(p.cpu_percent), true), cell(bytes(p.memory_bytes), true), cell(bytes(sum(p.gpus.map((g) => g.memory_bytes))), true),
    cell(gpus.join(', ') || '-'), cell(p.ports.map((q) => q.port).join(', ') || '-'), cell(age(now - p.started), true));
  return tr;
};
const show = (data) => {
  const list = data.processes;
  at('rows').replaceChildren(...list.map((p) => row(p, data.time)));
  at('table').hidden = list.length === 0;
  at('empty').hidden = list.length !== 0;
  at('count').textContent = list.length;
  at('services').textContent = data.services.length;
  at('cpu').textContent = percent(sum(list.map((p) => p.cpu_percent)));
  at('memory').textContent = bytes(sum(data.services.map((s) => s.memory_bytes)));
  at('vram').textContent = bytes(sum(data.services.map((s) => s.gpu_memory_bytes)));
  document.title = list.length + ' LLM' + (list.length === 1 ? '' : 's') + ' - MonitorAI';
};
const state = (kind, text) => { at('state').className = kind; at('state').textContent = text; };
const refresh = async () => {
  try {
    const response = await fetch('/api/v1/processes');
    if (response.status === 503) { state('', 'first scan under way'); return; }
    if (!response.ok) throw new Error('HTTP ' + response.status);
    const data = await response.json();
    show(data);
    state('up', data.scanned + ' processes scanned at ' + new Date(data.time * 1000).toLocaleTimeString());
  } catch (error) {
    state('down', 'no answer from monitorai: ' + error.message);
  }
};
const loop = async () => {
  if (!document.hidden) await refresh();
  setTimeout(loop, kRefreshMs);
};
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
loop();
)";

net::HttpHandler resource(std::string_view body, std::string type) {
  return [body, type = std::move(type)](const net::HttpRequest&) {
    return net::HttpResponse{.content_type = type,
                             .body = std::string(body),
                             .headers = {{"Content-Security-Policy", std::string(kPolicy)},
                                         {"X-Content-Type-Options", "nosniff"},
                                         {"Referrer-Policy", "no-referrer"},
                                         {"Cache-Control", "no-cache"}}};
  };
}

}  // namespace

void add_landing_page(net::Router& router) {
  router.add("GET", "/", resource(kPage, "text/html; charset=utf-8"));
  router.add("GET", "/landing.css", resource(kStyle, "text/css; charset=utf-8"));
  router.add("GET", "/landing.js", resource(kScript, "text/javascript; charset=utf-8"));
  router.add("GET", "/favicon.svg", resource(kIcon, "image/svg+xml"));
  router.add("GET", "/favicon.ico", resource(kIcon, "image/svg+xml"));
}

}  // namespace monitorai::serve

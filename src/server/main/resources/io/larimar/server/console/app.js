// The console: a client of the same API that everyone has; nothing is fetched from elsewhere.
import { words } from './words.js';

const $ = (id) => document.getElementById(id);
const sections = ['ask', 'teach', 'memories', 'documents', 'status', 'admin'];
const state = {
  language: localStorage.getItem('larimar.language')
    || (navigator.language.startsWith('ja') ? 'ja' : 'en'),
  cursor: null, turn: 0, asking: null, timer: null, samples: {},
};

// Words and small parts.

function t(key, ...values) {
  const text = words[state.language][key] ?? key;
  return values.reduce((filled, value, i) => filled.replace(`{${i}}`, value ?? '–'), text);
}

function translate() {
  document.documentElement.lang = state.language;
  $('language').value = state.language;
  document.querySelectorAll('[data-t]').forEach((e) => { e.textContent = t(e.dataset.t); });
  document.querySelectorAll('[data-t-label]').forEach((e) => {
    e.setAttribute('aria-label', t(e.dataset.tLabel));
  });
}

function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

function say(text, error = false) {
  $('message').textContent = text;
  $('message').classList.toggle('error', error);
}

function when(iso) {
  return new Date(iso).toLocaleString(state.language);
}

// The API.

async function send(method, path, { body, type = 'application/json', headers = {}, signal } = {}) {
  const key = sessionStorage.getItem('larimar.key');
  const all = { ...headers };
  if (key) all.Authorization = `Bearer ${key}`;
  if (body !== undefined) all['Content-Type'] = type;
  let response;
  try {
    response = await fetch(path, { method, body, headers: all, signal });
  } catch (e) {
    throw e.name === 'AbortError' ? e : new Error(t('unreachable'));
  }
  if (response.ok) return response;
  if (response.status === 401) askForKey();
  const problem = await response.json().catch(() => ({ detail: response.statusText }));
  throw new Error(problem.detail);
}

const json = async (...request) => (await send(...request)).json();

/** Gives each event of a stream to the visitor. */
async function events(response, visitor) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const whole = rest.split('\n\n');
    rest = whole.pop();
    for (const event of whole) {
      const data = event.replace(/^data: /, '');
      if (data !== '[DONE]') visitor(JSON.parse(data));
    }
  }
}

/** Runs what a button or form starts; what goes wrong is said. */
function run(work) {
  return async (event) => {
    event?.preventDefault();
    try {
      await work(event);
    } catch (e) {
      say(e.name === 'AbortError' ? t('stopped') : e.message, e.name !== 'AbortError');
    }
  };
}

function askForKey() {
  say(t('needKey'), true);
  if (!$('key-dialog').open) $('key-dialog').showModal();
}

// Ask.

async function answer(side, memory, signal) {
  const box = $(`${side}-answer`);
  box.textContent = '';
  box.setAttribute('aria-busy', 'true');
  $(`${side}-times`).textContent = t('waiting');
  if (memory) $('with-facts').replaceChildren();
  try {
    const response = await send('POST', '/v1/chat/completions', {
      signal,
      headers: { 'Larimar-Memory': memory ? 'on' : 'off' },
      body: JSON.stringify({
        messages: [{ role: 'user', content: $('question').value }],
        max_tokens: Number($('max-tokens').value) || 64,
        stream: true,
      }),
    });
    await events(response, (event) => {
      if (event.detail) throw new Error(event.detail);
      const piece = event.choices[0]?.delta?.content;
      if (piece) box.append(piece);
      if (event.larimar?.times) {
        const times = event.larimar.times;
        const [scope, read, first, all] = [times.scope_millis, times.read_millis,
          times.first_token_millis, times.total_millis].map((millis) => millis.toFixed(0));
        $(`${side}-times`).textContent =
          memory ? t('times', scope, read, first, all) : t('timesBare', first, all);
      } else if (event.larimar && memory) {
        showFacts(event.larimar);
      }
    });
  } catch (e) {
    $(`${side}-times`).textContent = '';
    throw e;
  } finally {
    box.setAttribute('aria-busy', 'false');
  }
}

/** Enough of an id for the eye; the whole one goes to the server. */
function brief(id) {
  return id.slice(0, 8);
}

function showFacts(memory) {
  const facts = memory.facts.map((fact) => make('div', { className: 'fact' },
    make('p', { textContent: `#${brief(fact.id)}  ${fact.memory}` }),
    make('p', { className: 'quiet',
      textContent: t('score', fact.coverage, fact.similarity, fact.read_margin) })));
  $('with-facts').replaceChildren(...(facts.length ? facts
    : [make('p', { className: 'quiet', textContent: `${t('noFact')}: ${memory.reason}` })]));
}

const ask = run(async () => {
  state.asking?.abort();
  state.asking = new AbortController();
  $('cancel').disabled = false;
  say('');
  try {
    await Promise.all([answer('with', true, state.asking.signal),
      answer('without', false, state.asking.signal)]);
    say(t('answered'));
  } finally {
    $('cancel').disabled = true;
  }
});

// Teach.

function formKind() {
  return document.querySelector('input[name=form]:checked').value;
}

function showForm() {
  const kind = formKind();
  document.querySelectorAll('[data-form]').forEach((part) => {
    part.hidden = part.dataset.form !== kind;
    part.querySelectorAll('input, textarea').forEach((field) => {
      field.required = part.dataset.form === kind && field.id !== 'subject';
    });
  });
}

const teach = run(async () => {
  const parts = formKind() === 'parts';
  const fact = parts
    ? { subject: $('subject').value, prompt: $('prompt').value, target: $('target').value }
    : { text: $('statement').value };
  const tags = $('tags').value.split(/[,、,]/).map((tag) => tag.trim()).filter(Boolean);
  if (tags.length) fact.tags = tags;
  if ($('ttl').value) fact.ttl = $('ttl').value;
  const [written] = (await json('POST', '/memories', { body: JSON.stringify(fact) })).results;
  const note = t('taught', brief(written.id), written.millis.toFixed(0))
    + (written.supersedes ? ` ${t('replaced', brief(written.supersedes))}` : '');
  const go = make('button', { type: 'button', textContent: t('askNow') });
  go.addEventListener('click', () => {
    $('question').value = parts
      ? fact.prompt.replace('{}', fact.subject) : fact.text.split(/\s+/).slice(0, 5).join(' ');
    location.hash = '#ask';
    $('question').focus();
  });
  $('taught').replaceChildren(make('div', { className: 'fact' },
    make('p', { textContent: written.memory }), make('p', { className: 'quiet', textContent: note })),
    go);
  say(note);
});

const importFile = run(async () => {
  const [file] = $('import-file').files;
  const type = /\.tsv$/i.test(file.name) ? 'text/tab-separated-values'
    : /\.csv$/i.test(file.name) ? 'text/csv'
      : /\.xlsx$/i.test(file.name)
        ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
        : 'application/x-ndjson';
  const done = await json('POST', '/import', { body: file, type });
  say(t('imported', done.imported, done.replaced));
});

// Memories.

function passageRow(passage) {
  const about = [t('fromDocument', passage.title ?? passage.document, passage.offset),
    t('scoreOne', passage.score)].join(' · ');
  return make('li', {}, make('p', { textContent: passage.memory }),
    make('p', { className: 'quiet', textContent: about }));
}

function memoryRow(memory) {
  if (memory.document && memory.offset !== undefined) return passageRow(memory);
  const about = [t('id', brief(memory.id), when(memory.created_at)),
    memory.score === undefined ? '' : t('scoreOne', memory.score),
    memory.expiration_date ? t('erases', when(memory.expiration_date)) : '',
    memory.tags.map((tag) => `#${tag}`).join(' ')].filter(Boolean).join(' · ');
  const past = make('div', { hidden: true });
  const history = make('button', { type: 'button', textContent: t('history') });
  history.setAttribute('aria-expanded', 'false');
  history.addEventListener('click', run(async () => {
    const { results } = await json('GET', `/memories/${memory.id}/history`);
    past.replaceChildren(...results.map((row) => make('p', { className: 'quiet',
      textContent: `${when(row.at)}  ${row.event}  ${row.by}  ${row.memory ?? ''}` })));
    past.hidden = !past.hidden;
    history.setAttribute('aria-expanded', String(!past.hidden));
  }));
  const forget = make('button', { type: 'button', className: 'danger', textContent: t('forget') });
  const row = make('li', {}, make('p', { textContent: memory.memory }),
    make('p', { className: 'quiet', textContent: about }),
    make('div', { className: 'row' }, history, forget), past);
  for (const button of [history, forget]) {
    button.setAttribute('aria-label', `${button.textContent} ${memory.id}`);
  }
  forget.addEventListener('click', run(() => forgetThen(memory.memory,
    `/memories/${memory.id}`, () => row.remove())));
  return row;
}

async function forgetThen(what, path, gone) {
  $('forget-what').textContent = what;
  if (!await choose($('forget-dialog'))) return;
  const forgotten = await json('DELETE', path);
  gone();
  $('receipt-text').textContent =
    t('forgot', forgotten.forgotten.length, forgotten.millis.toFixed(0));
  $('receipt-hash').textContent = `${forgotten.memory_before.slice(0, 16)}… → `
    + `${forgotten.memory_after.slice(0, 16)}…`;
  URL.revokeObjectURL($('receipt-link').href);
  $('receipt-link').href = URL.createObjectURL(
    new Blob([`${JSON.stringify(forgotten.receipt)}\n`], { type: 'application/json' }));
  $('receipt-dialog').showModal();
  say($('receipt-text').textContent);
}

function choose(dialog) {
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok'), { once: true });
  });
}

async function showMemories(more) {
  const query = $('query').value.trim();
  const tag = $('tag').value.trim();
  const turn = ++state.turn;
  let page;
  if (query) {
    page = await json('POST', '/memories/search',
      { body: JSON.stringify({ query, limit: 50, ...(tag ? { tag } : {}) }) });
  } else {
    const where = new URLSearchParams({ limit: 50 });
    if (tag) where.set('tag', tag);
    if (more && state.cursor) where.set('cursor', state.cursor);
    page = await json('GET', `/memories?${where}`);
  }
  if (turn !== state.turn) return; // A later request's answer is shown, or will be.
  state.cursor = page.next_cursor ?? null;
  const rows = page.results.map(memoryRow);
  if (more) $('list').append(...rows); else $('list').replaceChildren(...rows);
  $('more').hidden = !state.cursor;
  const count = $('list').children.length;
  $('count').textContent = count ? t('found', count) : t('none');
}

const exportAll = run(async () => {
  const link = make('a', { download: 'larimar-memories.jsonl',
    href: URL.createObjectURL(await (await send('GET', '/export')).blob()) });
  link.click();
  URL.revokeObjectURL(link.href);
});

// Documents.

const readDocument = run(async () => {
  const [file] = $('document-file').files;
  const where = new URLSearchParams({ name: file.name, replace: $('replace').checked });
  const bar = $('progress');
  bar.hidden = false;
  bar.value = 0;
  try {
    const response = await send('POST', `/documents?${where}`,
      { body: file, type: file.type || 'text/plain', headers: { Accept: 'text/event-stream' } });
    await events(response, (event) => {
      if (event.detail) throw new Error(event.detail);
      if (event.total_bytes) {
        bar.value = event.bytes / event.total_bytes;
        say(t('reading', event.bytes, event.total_bytes, event.passages));
      } else {
        say(t('readDone', event.name, event.written, event.kept, event.forgotten));
      }
    });
  } finally {
    bar.hidden = true;
  }
  await showDocuments();
});

async function showDocuments() {
  const { results } = await json('GET', '/documents');
  $('document-list').replaceChildren(...(results.length ? results.map((document) => {
    const text = t('passages', document.name, document.passages);
    const forget = make('button', { type: 'button', className: 'danger', textContent: t('forget') });
    forget.setAttribute('aria-label', `${t('forget')} ${document.name}`);
    forget.addEventListener('click', run(() => forgetThen(text,
      `/documents/${encodeURIComponent(document.name)}`, showDocuments)));
    return make('li', {}, make('p', { textContent: text }), make('div', { className: 'row' }, forget));
  }) : [make('li', { textContent: t('none') })]));
}

// Status.

async function showStatus() {
  const stats = await json('GET', '/stats');
  const rows = ['tenant', 'principal', 'roles', 'live', 'superseded', 'erased', 'held',
    'memory_bytes', 'ledger_bytes'].flatMap((key) => [make('dt', { textContent: t(key) }),
    make('dd', { textContent: key.endsWith('_bytes')
      ? `${(stats[key] / 1024).toLocaleString(state.language, { maximumFractionDigits: 0 })} KiB`
      : [].concat(stats[key]).join(', ').toLowerCase() })]);
  $('stats').replaceChildren(...rows);
  if (stats.roles.includes('AUDIT')) {
    const text = await (await send('GET', '/audit?last=true&limit=200')).text();
    const audit = text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)).reverse();
    $('audit').replaceChildren(...audit.map((row) => make('tr', {},
      ...[when(row.at), row.principal, row.operation, row.fact ? brief(row.fact) : '', row.detail]
        .map((text) => make('td', { textContent: text })))));
    if (stats.tenant === 'default') await showCharts();
  }
}

async function showCharts() {
  const text = await (await send('GET', '/metrics')).text();
  const sum = (pattern) => [...text.matchAll(pattern)].reduce((all, m) => all + Number(m[1]), 0);
  const seconds = sum(/^gen_ai_server_request_duration_seconds_sum.* ([\d.e+-]+)$/gmi);
  const count = sum(/^gen_ai_server_request_duration_seconds_count.* ([\d.e+-]+)$/gmi);
  sample('rate', sum(/^llamacpp:predicted_tokens_seconds ([\d.e+-]+)$/gmi));
  sample('memoryUse', sum(/^jvm_memory_used_bytes.* ([\d.e+-]+)$/gmi) / 1e6);
  sample('latency', count ? 1000 * seconds / count : 0);
  $('charts').replaceChildren(...Object.keys(state.samples).map(chart));
}

function sample(name, value) {
  const samples = state.samples[name] ??= [];
  samples.push(value);
  if (samples.length > 60) samples.shift();
}

function chart(name) {
  const samples = state.samples[name];
  const most = Math.max(...samples, 1e-9);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'chart');
  svg.setAttribute('viewBox', '0 0 60 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  line.setAttribute('points',
    samples.map((value, i) => `${i},${(19 - 18 * value / most).toFixed(2)}`).join(' '));
  svg.append(line);
  const last = samples.at(-1).toLocaleString(state.language, { maximumFractionDigits: 1 });
  return make('figure', {}, make('figcaption', { textContent: `${t(name)}: ${last}` }), svg);
}

const verify = run(async () => {
  const [file] = $('receipt-file').files;
  const found = await json('POST', '/verify', { body: file ? await file.text() : '' });
  $('checks').replaceChildren(...found.checks.map((text) => make('li', { textContent: text })),
    ...found.faults.map((text) => make('li', { className: 'fault', textContent: text })));
  say(t(found.verified ? 'verified' : 'notVerified'), !found.verified);
});

// Administration.

function adminRow(text, ...buttons) {
  return make('li', {}, make('p', { textContent: text }), make('div', { className: 'row' },
    ...buttons.map(([key, what, work]) => {
      const button = make('button', { type: 'button', textContent: t(key),
        className: key === 'restore' ? '' : 'danger' });
      button.setAttribute('aria-label', `${t(key)} ${what}`);
      button.addEventListener('click', run(work));
      return button;
    })));
}

async function showAdmin() {
  const [keys, tenants, backups] = (await Promise.all(['/keys', '/tenants', '/backups'].map(
    (path) => json('GET', path)))).map((reply) => reply.results);
  $('tenants').replaceChildren(...tenants.map((value) => make('option', { value })));
  $('key-list').replaceChildren(...(keys.length ? keys.map((key) => {
    const text = [key.name, `${t('tenant')} ${key.tenant}`, key.roles.join(', '),
      key.revoked_at ? t('revoked', when(key.revoked_at)) : when(key.created_at)].join(' · ');
    return adminRow(text, ...(key.revoked_at ? [] : [['revoke', key.name, async () => {
      await send('DELETE', `/keys/${key.id}`);
      await showAdmin();
    }]]));
  }) : [make('li', { textContent: t('none') })]));
  $('backup-list').replaceChildren(...backups.map((backup) => adminRow(
    `${backup.directory} · ${(backup.bytes / 1024).toLocaleString(state.language,
      { maximumFractionDigits: 0 })} KiB`,
    ...(backup.name.startsWith('backup-') ? [['restore', backup.name, async () => {
      const made = await json('POST', `/backups/${backup.name}/restore`);
      await showAdmin();
      say(t('restored', made.directory));
    }]] : []),
    ['remove', backup.name, async () => {
      await send('DELETE', `/backups/${backup.name}`);
      await showAdmin();
    }])));
}

const makeKey = run(async () => {
  const roles = [...document.querySelectorAll('input[name=role]:checked')].map((box) => box.value);
  const key = await json('POST', '/keys', { body: JSON.stringify(
    { name: $('key-name').value, tenant: $('key-tenant').value, roles }) });
  $('made-key').replaceChildren(make('div', { className: 'fact' },
    make('p', { textContent: t('madeKey', key.name) }),
    make('p', { className: 'hash', id: 'secret', textContent: key.secret })));
  $('new-key-form').reset();
  if (sessionStorage.getItem('larimar.key')) await showAdmin();
});

const makeBackup = run(async () => {
  const made = await json('POST', '/backups');
  await showAdmin();
  say(t('backedUp', made.directory));
});

// The page.

const shown = { memories: () => showMemories(false), documents: showDocuments, status: showStatus,
  admin: showAdmin };

const show = run(async () => {
  const name = sections.includes(location.hash.slice(1)) ? location.hash.slice(1) : 'ask';
  for (const section of sections) $(section).hidden = section !== name;
  document.querySelectorAll('nav a').forEach((link) => {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  });
  clearInterval(state.timer);
  if (name === 'status') state.timer = setInterval(() => showCharts().catch(() => {}), 3000);
  say('');
  await shown[name]?.();
});

function start() {
  translate();
  document.documentElement.dataset.ready = '';
  $('language').addEventListener('change', () => {
    state.language = $('language').value;
    localStorage.setItem('larimar.language', state.language);
    translate();
    show();
  });
  $('key-button').addEventListener('click', () => $('key-dialog').showModal());
  $('key-dialog').addEventListener('close', () => {
    const value = $('key-value').value.trim();
    $('key-value').value = '';
    if ($('key-dialog').returnValue === 'ok' && value) {
      sessionStorage.setItem('larimar.key', value);
      show();
    }
    $('key-dialog').returnValue = '';
  });
  $('ask-form').addEventListener('submit', ask);
  $('question').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) ask();
  });
  $('cancel').addEventListener('click', () => state.asking?.abort());
  document.querySelectorAll('input[name=form]').forEach((choice) => {
    choice.addEventListener('change', showForm);
  });
  showForm();
  $('teach-form').addEventListener('submit', teach);
  $('import-form').addEventListener('submit', importFile);
  $('search-form').addEventListener('submit', run(() => showMemories(false)));
  $('more').addEventListener('click', run(() => showMemories(true)));
  $('export').addEventListener('click', exportAll);
  $('document-form').addEventListener('submit', readDocument);
  $('verify').addEventListener('click', verify);
  $('new-key-form').addEventListener('submit', makeKey);
  $('backup').addEventListener('click', makeBackup);
  addEventListener('hashchange', show);
  show();
  fetch('/health/ready').then((response) => response.json())
    .then((health) => { $('model').textContent = health.model ?? ''; }).catch(() => {});
}

start();

/** Hostile and broken input through the whole server: a clear answer, never a crash, nothing half-written. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type CellObject, read } from '@e965/xlsx';
import fc from 'fast-check';
import { builtInMailbox } from '../src/adapters/mail.ts';
import { fieldName } from '../src/domain/form-fields.ts';
import { operations } from '../src/http/api/operations.ts';
import { forgetMisses } from '../src/http/portal/misses.ts';
import { framedFilePolicy, letterPolicy, pagePolicy, scannerPolicy } from '../src/http/security.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

/** Names that a spreadsheet would run, each in its own way. */
const FORMULAS = [
  "=cmd|' /C calc'!A0",
  '+SUM(1+1)*cmd',
  '-2+3+cmd',
  '@SUM(1+1)',
  '\t=1+1',
  '=HYPERLINK("http://evil.example")',
];
const FORM = 'application/x-www-form-urlencoded';

let house: House;
let action: SampleHouse;
let party: SampleParty;
let cookie: string;
before(async () => {
  house = await openHouse();
  action = await addSampleAction(house.ctx);
  party = await addSampleParty(house.ctx, action, { name: 'Labor 1', units: 2 });
  for (const name of FORMULAS) await addSampleParty(house.ctx, action, { name, units: 1 });
  cookie = await house.signIn('administrator');
});
beforeEach(forgetMisses);
after(() => house.close());

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

/** Sends as a browser on our own page does. */
async function send(path: string, { method = 'POST', headers = {}, body = '' }: Sent = {}): Promise<Response> {
  return house.app.request(path, {
    method,
    headers: { origin: publicUrl, cookie, ...(method === 'POST' ? { 'content-type': FORM } : {}), ...headers },
    ...(method === 'POST' ? { body } : {}),
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit);
}

/** An answer to bad input: refused, or taken for what it is; the server itself did not fail. */
async function assertCalm(answer: Response, what: string): Promise<void> {
  assert.ok(answer.status < 500, `${what}: ${answer.status} ${JSON.stringify(house.errors.at(-1))}`);
  await answer.arrayBuffer();
}

/** What is in the tables a request could have written to. */
async function countRows(): Promise<string> {
  const { rows } = await house.handle.run(
    'select (select count(*) from event) as events, (select count(*) from reply) as replies, (select count(*) from reply_draft) as drafts, (select count(*) from action) as actions',
  );
  return JSON.stringify(rows[0]);
}

describe('a body', () => {
  it('that is too large is refused everywhere, and writes nothing', async () => {
    const before = await countRows();
    const large = `a=${'x'.repeat(1_100_000)}`;
    for (const path of [
      '/sign-in',
      '/actions',
      `/p/${party.token}/form/receipt`,
      '/api/v1/actions',
      `/actions/${action.actionId}/describe`,
    ]) {
      const answer = await send(path, { body: large });
      assert.equal(answer.status, 413, path);
      await answer.text();
      // Without a length it is counted as it comes.
      const stream = new Blob([large]).stream();
      assert.equal((await send(path, { body: stream })).status, 413, `${path}, streamed`);
    }
    assert.equal(await countRows(), before);
  });

  it('that is not what it says is answered, not crashed upon', async () => {
    const bodies: [type: string, body: string | Uint8Array<ArrayBuffer>][] = [
      ['multipart/form-data', 'no boundary at all'],
      ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nnever closed'],
      ['multipart/form-data; boundary=x', '--x\r\n\r\n\r\n--x--'],
      ['multipart/form-data; boundary="', '--"'],
      ['application/json', '{"a":'],
      ['application/json', '[[[[[['],
      ['text/plain', 'a=1'],
      ['application/xml', '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'],
      [FORM, '%'],
      [FORM, '%00=%00&a=%ff%fe&=&&&=='],
      [FORM, new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0x3d, 0x00])],
    ];
    for (const path of [
      '/sign-in',
      '/actions',
      `/p/${party.token}/form/receipt`,
      `/p/${party.token}/contact`,
      '/api/v1/actions',
      '/imports',
      `/tasks/1/end`,
    ]) {
      for (const [type, body] of bodies)
        await assertCalm(await send(path, { headers: { 'content-type': type }, body }), `${path} ${type} ${body}`);
    }
  });

  it('with ten thousand fields is answered', async () => {
    const many = Array.from(
      { length: 10_000 },
      (_, n) => `field-${n}=1&c.${n}.status=done&__proto__=1&constructor.prototype=1`,
    ).join('&');
    const body = many.slice(0, 990_000);
    for (const path of ['/actions', `/p/${party.token}/form/corrections`, `/p/${party.token}/review`])
      await assertCalm(await send(path, { body }), path);
    assert.equal(({} as Record<string, unknown>)['1'], undefined);
  });

  it('with zero characters and broken Unicode is refused or cleaned in every field', async () => {
    const nasty = ['a\u0000b', '\ud800', '\u0000', '\u202e evil', 'x'.repeat(100_000)];
    for (const value of nasty) {
      const text = encodeURIComponent(value.toWellFormed());
      const raw = value === '\ud800' ? '%ED%A0%80' : text;
      for (const [path, fields] of [
        ['/actions', ['reference', 'title', 'kind', 'deviceLaw']],
        [`/actions/${action.actionId}/describe`, ['title', 'description', 'hazard']],
        [`/p/${party.token}/contact`, ['kind', 'name', 'email', 'phone', 'note']],
        [`/p/${party.token}/form/sign`, [fieldName({ scope: 'party' }, 'signer-name')]],
        [`/parties/${party.partyId}/attempts`, ['kind', 'outcome', 'text']],
        ['/sign-in', ['email', 'password']],
      ] as const) {
        const body = fields.map((field) => `${field}=${raw}`).join('&');
        await assertCalm(await send(path, { body }), `${path} ${raw.slice(0, 40)}`);
      }
      for (const path of [
        '/search?q=',
        '/parties?q=',
        '/units?q=',
        '/history?q=',
        '/tasks?kind=',
        '/parties?country=',
        '/api/v1/parties?q=',
      ])
        await assertCalm(await send(path + raw.slice(0, 5_000), { method: 'GET' }), path + raw.slice(0, 40));
    }
  });
});

describe('an address', () => {
  it('with a deep or endless query is answered', async () => {
    const queries = [
      `a${'[b]'.repeat(5_000)}=1`,
      Array.from({ length: 5_000 }, (_, n) => `f${n}=1`).join('&'),
      `page=${'9'.repeat(400)}`,
      'page=-1&size=0',
      'sort=;drop table event',
      'sort=id%27&dir=%00',
      'page=1e9&page=2&page=3',
    ];
    for (const path of [
      '/parties',
      '/units',
      '/tasks',
      `/actions/${action.actionId}/corrections`,
      '/history',
      '/api/v1/units',
    ])
      for (const query of queries)
        await assertCalm(await send(`${path}?${query}`, { method: 'GET' }), `${path}?${query.slice(0, 60)}`);
  });

  it('with a strange number is not found', async () => {
    for (const id of [
      '0',
      '-1',
      '1e3',
      '99999999999999999999',
      '0x1',
      '%00',
      '1%27',
      '..%2f..%2fetc%2fpasswd',
      'null',
    ]) {
      for (const path of [
        '/actions/',
        '/parties/',
        '/units/',
        '/tasks/',
        '/deliveries/',
        '/products/',
        '/mailbox/',
        '/deadlines/',
      ]) {
        const answer = await send(path + id, { method: 'GET' });
        assert.ok([200, 400, 404, 422].includes(answer.status), `${path}${id}: ${answer.status}`);
        assert.notEqual(answer.status, 200, `${path}${id}`);
        await answer.text();
      }
    }
  });

  it('outside the assets is never read from the disk', async () => {
    for (const path of [
      '/assets/../package.json',
      '/assets/..%2fpackage.json',
      '/assets/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..\\package.json',
      '/assets//etc/passwd',
      '/assets/%00',
      '/portal/forms/..%2f..%2fpackage.json',
    ]) {
      const answer = await send(path, { method: 'GET' });
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
      assert.doesNotMatch(await answer.text(), /"dependencies"|root:/);
    }
  });

  it('never leads to another site', async () => {
    const elsewhere = [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/%09/evil.example',
      'javascript:alert(1)',
      '/ /evil.example',
      '/\t/evil.example',
    ];
    for (const next of elsewhere) {
      const value = encodeURIComponent(next);
      const signedIn = await send(`/sign-in?next=${value}`, {
        headers: { cookie: '' },
        body: `email=viewer%40fieldfix.example&password=fieldfix-demo-2022&next=${value}`,
      });
      for (const answer of [
        signedIn,
        await send(`/sign-in?next=${value}`, { method: 'GET' }),
        await send(`/sign-out?next=${value}`, { body: `next=${value}` }),
      ]) {
        const location = answer.headers.get('location');
        if (location) assert.equal(new URL(location, publicUrl).origin, publicUrl, `${next} → ${location}`);
        assert.doesNotMatch(await answer.text(), /(?:href|action)="(?:https?:)?\/\/evil|href="javascript:/i);
      }
    }
    cookie = await house.signIn('administrator');
  });
});

describe('a list taken away as a file', () => {
  const lists = () => [
    '/parties',
    `/actions/${action.actionId}/parties`,
    `/actions/${action.actionId}/corrections`,
    '/units',
  ];

  it('runs nothing in a spreadsheet', async () => {
    let dangerous = 0;
    for (const path of lists()) {
      const answer = await send(`${path}?format=csv`, { method: 'GET' });
      assert.equal(answer.status, 200, path);
      const csv = await answer.text();
      for (const name of FORMULAS) if (csv.includes(name.trim().replaceAll('"', '""'))) dangerous++;
      for (const cell of csv.split(/\r\n|,/))
        assert.doesNotMatch(cell.replace(/^\ufeff?"/, ''), /^\s*[=@]|^[+-](?![\d\s().,/-]*"?$)/, `${path}: ${cell}`);
    }
    assert.ok(dangerous >= FORMULAS.length, `only ${dangerous} of the names were in the files`);
  });

  it('holds texts as texts in a workbook', async () => {
    const answer = await send('/parties?format=xlsx', { method: 'GET' });
    assert.equal(answer.status, 200);
    const book = read(Buffer.from(await answer.arrayBuffer()), { cellFormula: true });
    const cells = Object.values(book.Sheets).flatMap((sheet) => Object.values(sheet) as Partial<CellObject>[]);
    const found = cells.filter(({ v }) => typeof v === 'string' && v.startsWith('=cmd|'));
    assert.ok(found.length > 0);
    for (const { t } of found) assert.equal(t, 's');
    assert.deepEqual(
      cells.filter(({ f }) => f !== undefined),
      [],
    );
  });
});

describe('a header', () => {
  it('of a mail cannot be made by a name, a subject or an address', async () => {
    const evil = 'Erika\r\nBcc: victim@evil.example\r\n\r\n<script>';
    const raw = await builtInMailbox().compose({
      from: { name: evil, address: 'a@maker.example\r\nBcc: x@evil.example' },
      to: { name: evil, address: 'b@lab.example\nCc: x@evil.example' },
      replyTo: 'c@maker.example\r\nX-Evil: 1',
      messageId: '<1@maker.example>\r\nX-Evil: 2',
      date: new Date('2022-05-04T08:00:00Z'),
      subject: evil,
      text: 'text',
      html: '<p>text</p>',
      languages: ['en\r\nX-Evil: 3'],
    });
    const head = raw.toString('latin1').split('\r\n\r\n')[0] ?? '';
    const names = head.split(/\r\n(?![ \t])/).map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
    assert.deepEqual(
      names.filter((name) => ['bcc', 'cc', 'x-evil'].includes(name)),
      [],
    );
    assert.doesNotMatch(head, /\r(?!\n)|(?<!\r)\n/);
  });

  it('of an answer cannot be made by what is typed', async () => {
    for (const path of [
      '/sign-in?next=/%0d%0aset-cookie:%20evil=1',
      '/parties?format=csv&q=%0d%0aset-cookie:evil=1',
      `/p/${party.token}?lang=de%0d%0aset-cookie:evil=1`,
    ]) {
      const answer = await send(path, { method: 'GET' });
      await assertCalm(answer, path);
      assert.doesNotMatch(JSON.stringify([...answer.headers]), /evil=1"?\]/);
    }
  });
});

describe('a personal link', () => {
  it('that does not exist says nothing, however it is guessed, and guessing ends', async () => {
    const answers = new Set<string>();
    const statuses: number[] = [];
    for (let n = 0; n < 40; n++) {
      const token = Array.from(
        { length: 26 },
        (_, i) => '0123456789abcdefghjkmnpqrstvwxyz'[(n * 7 + i * 13) % 32],
      ).join('');
      const guess = n % 5 === 0 ? token.slice(0, 5) : token;
      const answer = await house.app.request(`/p/${guess}`);
      statuses.push(answer.status);
      const page = await answer.text();
      if (answer.status === 404) answers.add(page.replaceAll(guess, ''));
    }
    assert.equal(answers.size, 1, 'every wrong token gets the same page');
    assert.deepEqual(new Set(statuses), new Set([404, 429]));
    assert.equal(statuses.at(-1), 429);
  });

  it('of another party opens nothing of this one', async () => {
    const other = await addSampleParty(house.ctx, action, { name: 'Labor 2', units: 1 });
    const page = await (await house.app.request(`/p/${other.token}/units`)).text();
    assert.doesNotMatch(page, /Labor 1\b/);
    const before = await house.handle.run(`select count(*) as n from confirmation`);
    const foreign = `${fieldName({ scope: 'correction', id: party.correctionIds[0] ?? 0 }, 'status')}=done`;
    await assertCalm(await send(`/p/${other.token}/form/corrections`, { body: foreign }), 'foreign correction');
    await assertCalm(await send(`/p/${other.token}/review`, { body: foreign }), 'foreign correction');
    assert.deepEqual((await house.handle.run(`select count(*) as n from confirmation`)).rows, before.rows);
  });
});

/** What a page may not have in it, whatever it shows. */
function assertClean(path: string, page: string): void {
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)[^>]*>/i, `${path}: inline script`);
  assert.doesNotMatch(page, /<style[\s>]/i, `${path}: inline style sheet`);
  assert.doesNotMatch(page, /<[a-z][^>]*\sstyle=/i, `${path}: inline style`);
  assert.doesNotMatch(page, /<[a-z][^>]*\son[a-z]+=/i, `${path}: inline handler`);
  for (const [, url = ''] of page.matchAll(
    /<(?:script|link|img|iframe|source|video|audio|object|embed|use)\b[^>]*?\s(?:src|href|data)="([^"]*)"/gi,
  ))
    assert.ok(
      url.startsWith('/') && !url.startsWith('//') ? true : url.startsWith('data:') || url.startsWith('#'),
      `${path} loads ${url}`,
    );
  assert.doesNotMatch(page, /javascript:|http-equiv/i, path);
}

describe('every page', () => {
  it('has the strict policy, and nothing inline or from elsewhere', async () => {
    const paths = [
      ...new Set(
        house.app.routes.filter(({ method, path }) => method === 'GET' && !path.includes('*')).map(({ path }) => path),
      ),
    ];
    assert.ok(paths.length > 50, `${paths.length} pages`);
    let pages = 0;
    for (const pattern of paths) {
      const path = pattern
        .replace(':token', pattern.startsWith('/p/') ? party.token : 'unknown')
        .replace(/:step\b/, 'receipt')
        .replace(/:id\b/, pattern.startsWith('/parties') ? String(party.partyId) : '1')
        .replace(/:[a-zA-Z]+(?:\{[^}]*\})?/g, '1');
      const answer = await send(path, { method: 'GET' });
      assert.ok(
        answer.status < 500 || path === '/healthz',
        `${path}: ${answer.status} ${JSON.stringify(house.errors.at(-1))}`,
      );
      const policy = answer.headers.get('content-security-policy');
      const isPdf = answer.headers.get('content-type') === 'application/pdf';
      assert.ok(
        policy === pagePolicy ||
          policy === letterPolicy ||
          (isPdf && policy === framedFilePolicy) ||
          (pattern === '/p/:token/scan' && policy === scannerPolicy),
        `${path}: ${policy}`,
      );
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
      const page = await answer.text();
      if (!answer.headers.get('content-type')?.startsWith('text/html') || policy === letterPolicy) continue;
      pages++;
      assertClean(path, page);
    }
    assert.ok(pages > 30, `${pages} pages of HTML`);
  });

  it('shows what was typed as text, never as HTML', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'><script>alert(1)</script>';
    await addSampleParty(house.ctx, action, { name: evil, units: 1 });
    for (const path of [
      `/parties?q=${encodeURIComponent(evil)}`,
      '/parties?size=500',
      `/actions/${action.actionId}/parties`,
      `/search?q=${encodeURIComponent('<img')}`,
      `/actions/${action.actionId}`,
    ]) {
      const page = await (await send(path, { method: 'GET' })).text();
      assert.doesNotMatch(page, /<img src=x|<script>alert/, path);
    }
    const failed = await send('/actions', { body: `reference=${encodeURIComponent(evil)}&title=` });
    assert.doesNotMatch(await failed.text(), /<img src=x|<script>alert/);
  });
});

describe('random input', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      'yes',
      'no',
      'done',
      'not-yet',
      '2022-05-04',
      '-1',
      '9'.repeat(30),
      '\u0000',
      "'; drop table event; --",
    ),
  );

  it('never makes a step of the form fail', async () => {
    const steps = [
      'receipt',
      'units',
      'corrections',
      'extra',
      'distributor',
      'sign',
      'review',
      'contact',
      'receipt-only',
      'incident/report',
    ];
    const names = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('go', 'step', 'lang', 'seen', 'once', 'anyhow', '__proto__', 'constructor'),
      fc
        .tuple(
          fc.constantFrom('status', 'done-on', 'connected', 'received', 'quantity', 'signer-name', 'serial'),
          fc.constantFrom(...party.correctionIds, ...party.unitIds, 0, 999_999),
        )
        .chain(([question, id]) =>
          fc.constantFrom(
            fieldName({ scope: 'correction', id }, question),
            fieldName({ scope: 'unit', id }, question),
            fieldName({ scope: 'party' }, question),
          ),
        ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...steps),
        fc.array(fc.tuple(names, text), { maxLength: 12 }),
        async (step, fields) => {
          const page = ['review', 'contact', 'incident/report'].includes(step)
            ? step
            : step === 'receipt-only'
              ? 'receipt'
              : `form/${step}`;
          const body = new URLSearchParams(
            fields.map(([name, value]): [string, string] => [name.toWellFormed(), value.toWellFormed()]),
          );
          await assertCalm(await send(`/p/${party.token}/${page}`, { body: body.toString() }), `${page} ${body}`);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('never makes an operation of the API fail', async () => {
    const scopes = new Set(operations.flatMap(({ permission }) => (permission === 'any' ? [] : [permission].flat())));
    scopes.delete('account.manage');
    const key = await house.key(...scopes);
    const value = fc.oneof(
      text,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(text, { maxLength: 3 }),
      fc.dictionary(fc.string({ maxLength: 8 }), text, { maxKeys: 3 }),
    );
    const fields = fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.constantFrom(
        'actionId',
        'partyId',
        'reason',
        'reference',
        'title',
        'answers',
        'ids',
        'id',
        'state',
        'kind',
        'name',
        'email',
        'credential',
        'document',
        'conditions',
        'door',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...operations.filter(({ method }) => method !== 'GET')),
        fc.oneof(fc.dictionary(fields, value, { maxKeys: 8 }), value, fc.anything()),
        fc.oneof(fc.constantFrom('1', '2', String(action.actionId), 'FSN2022-1230'), text),
        async (operation, body, id) => {
          const path = operation.path.replace(
            /[:{][a-zA-Z]+\}?/g,
            encodeURIComponent(id.toWellFormed().slice(0, 40)) || '1',
          );
          const json =
            JSON.stringify(body, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? 'null';
          const answer = await house.app.request(`/api/v1${path}`, {
            method: operation.method,
            headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
            body: json.toWellFormed(),
          });
          await assertCalm(answer, `${operation.method} ${path} ${json.slice(0, 300)}`);
        },
      ),
      { numRuns: 250 },
    );
  });

  it('left the record whole', async () => {
    const { verifyEventChain } = await import('../src/app/event-chain.ts');
    const { verifyFigures } = await import('../src/app/figures.ts');
    assert.equal((await verifyEventChain(house.ctx)).chain, 'ok');
    assert.deepEqual((await verifyFigures(house.ctx)).figures, 'ok');
    assert.deepEqual(house.errors, []);
  });
});

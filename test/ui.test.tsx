/** The parts every page is made of: what they write, and how they fare in a real browser. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ServerType, serve } from '@hono/node-server';
import axe from 'axe-core';
import { Hono } from 'hono';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { addAssetRoutes, assetHref } from '../src/http/assets.ts';
import { setSecurityHeaders } from '../src/http/security.ts';
import { countryName, type Translate, translator } from '../src/http/translate.ts';
import { CountryMap, ProgressChart } from '../src/http/ui/charts.tsx';
import { lettersOf } from '../src/http/ui/country-codes.ts';
import { Checkbox, CheckboxGroup, DateInput, RadioGroup, Select, TextInput } from '../src/http/ui/field.tsx';
import { formatCount, formatDay, formatMoment, wholePercent } from '../src/http/ui/figures.ts';
import { setFlash, takeFlash } from '../src/http/ui/flash.ts';
import { type FormState, freshForm, parseTypedDate } from '../src/http/ui/form.ts';
import { exportFormat, type ListSpec, listLink, parseListQuery } from '../src/http/ui/list-query.ts';
import { worldMap } from '../src/http/ui/map.ts';
import { deskPlaces } from '../src/http/ui/navigation.tsx';
import { renderPage } from '../src/http/ui/page.tsx';
import { niceScale, thinOut } from '../src/http/ui/scale.ts';
import { DataTable } from '../src/http/ui/table.tsx';
import { closeBrowser, withBrowser } from './helpers/browser.ts';
import { DeskGuide, FormGuide, PortalGuide, SignInGuide } from './helpers/style-guide.tsx';

const english = translator('en');
/** Stands for a right-to-left language until there is one: its direction with English words. */
const mirrored: Translate = Object.assign((...said: Parameters<Translate>) => english(...said), {
  language: 'ar',
  direction: 'rtl' as const,
});

const guides: Record<string, () => JSX.Element> = {
  desk: () => <DeskGuide />,
  form: () => <FormGuide />,
  portal: () => <PortalGuide t={translator('de')} />,
  mirrored: () => <PortalGuide t={mirrored} languages={['ar', 'en']} />,
  'sign-in': () => <SignInGuide />,
};

describe('every component', () => {
  for (const [name, guide] of Object.entries(guides)) {
    it(`writes nothing inline (${name})`, () => {
      const page = renderPage(guide());
      assert.match(page, /^<!doctype html><html lang="[a-z]+" dir="(ltr|rtl)">/);
      assert.doesNotMatch(page, /\sstyle=/, 'an inline style');
      assert.doesNotMatch(page, /\son[a-z]+=/, 'an inline handler');
      assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)/, 'an inline script');
      assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//, 'something from elsewhere');
      assert.doesNotMatch(page, /\[object Object\]|undefined|NaN/);
    });

    it(`uses each id once and points only at ids that are there (${name})`, () => {
      const page = renderPage(guide());
      const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1] ?? '');
      assert.deepEqual(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        [],
      );
      const named = [...page.matchAll(/\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"|href="#([^"]+)"/g)]
        .flatMap((match) => (match[1] ?? match[2] ?? '').split(' '))
        .filter((id) => !ids.includes(id));
      assert.deepEqual(named, []);
    });
  }

  it('mirrors for languages written from right to left', () => {
    const page = renderPage(<PortalGuide t={mirrored} languages={['ar', 'en']} />);
    assert.match(page, /<html lang="ar" dir="rtl">/);
    assert.ok(page.includes(assetHref('tabler.rtl.css')));
    assert.ok(!page.includes(`"${assetHref('tabler.css')}"`));
    assert.match(page, /<bdi class="ff-code" dir="ltr">NB551234<\/bdi>/);
  });

  it('keeps the reader on this page when the language changes', () => {
    const page = renderPage(<PortalGuide t={english} />);
    assert.match(page, /href="\/l\/abc\?step=2&amp;lang=de" lang="de"/);
  });
});

describe('fields', () => {
  const refused: FormState = {
    values: { name: 'A "quoted" <name>', day: '31.02.2022', kind: 'b', many: ['x', 'z'], secret: 'hunter2' },
    errors: [
      { field: 'name', message: 'Too long.' },
      { field: 'kind', message: 'Choose.' },
    ],
  };

  it('come back with what was typed and say what is wrong beside it', () => {
    const text = renderToString(
      <TextInput form={refused} name="name" label="Name" hint="Short" value="old" required />,
    );
    assert.match(text, /value="A &quot;quoted&quot; &lt;name>"/);
    assert.match(text, /aria-describedby="f-name-hint f-name-error"/);
    assert.match(text, /aria-invalid="true"/);
    assert.match(text, /aria-required="true"/);
    assert.match(text, /\(required\)/);
  });

  it('show what is known as long as nothing was typed', () => {
    assert.match(renderToString(<TextInput form={freshForm()} name="name" label="Name" value="old" />), /value="old"/);
    assert.match(
      renderToString(<TextInput form={freshForm({ name: '' })} name="name" label="Name" value="old" />),
      /value(=""|\s|\/?>)/,
    );
  });

  it('never write a password into the page', () => {
    assert.doesNotMatch(
      renderToString(<TextInput form={refused} name="secret" type="password" label="P" />),
      /hunter2/,
    );
  });

  it('keep a day that is none, in a plain box', () => {
    const wrong = renderToString(<DateInput form={refused} name="day" label="Day" />);
    assert.match(wrong, /type="text"/);
    assert.match(wrong, /value="31\.02\.2022"/);
    assert.match(
      renderToString(<DateInput name="day" label="Day" value="2022-05-04" />),
      /type="date" value="2022-05-04"/,
    );
  });

  it('keep choices, and nothing ticked stays nothing ticked', () => {
    const options = ['a', 'b', 'x', 'z'].map((value) => ({ value, label: value }));
    const radio = renderToString(<RadioGroup form={refused} name="kind" label="Kind" options={options} value="a" />);
    assert.match(radio, /value="b" checked/);
    assert.doesNotMatch(radio, /value="a" checked/);
    assert.match(radio, /<fieldset[^>]*role="radiogroup"/);
    const boxes = renderToString(
      <CheckboxGroup form={refused} name="many" label="Many" options={options} value={['a']} />,
    );
    assert.equal(boxes.match(/ checked/g)?.length, 2);
    const cleared = renderToString(
      <CheckboxGroup form={refused} name="none" label="None" options={options} value={['a']} />,
    );
    assert.doesNotMatch(cleared, / checked/);
    assert.doesNotMatch(renderToString(<Checkbox form={refused} name="agreed" label="Agreed" checked />), / checked/);
    assert.match(
      renderToString(<Select form={refused} name="kind" label="Kind" options={options} />),
      /selected value="b"|value="b" selected/,
    );
  });
});

describe('typed days', () => {
  it('are read as people write them', () => {
    for (const text of [
      '2022-05-04',
      '04.05.2022',
      '4/5/2022',
      ' 4.5.2022 ',
      '04MAY2022',
      '4 May 2022',
      '04-MAY-2022',
    ]) {
      assert.equal(parseTypedDate(text), '2022-05-04', text);
    }
    for (const text of ['', '31.02.2022', '2022-13-01', '4.5.22', 'tomorrow', '2022-05-04T00:00', '99999-01-01']) {
      assert.equal(parseTypedDate(text), undefined, text);
    }
  });
});

describe('lists', () => {
  const spec: ListSpec = {
    sortable: ['name', 'sent'],
    filters: { state: ['open', 'done'], city: 'text' },
    defaultSort: '-sent',
  };

  it('read only what is theirs, within bounds', () => {
    const query = parseListQuery('/x?page=3&size=100&sort=name&state=open&city=%20Bern%20&q=a%00b&other=1', spec);
    assert.deepEqual(query, {
      path: '/x',
      page: 3,
      size: 100,
      sort: 'name',
      direction: 'asc',
      filters: { state: 'open', city: 'Bern' },
      q: 'ab',
    });
    for (const nonsense of [
      'page=-1',
      'page=1e9',
      'page=x',
      'size=7',
      'size=1000000',
      'sort=password',
      'sort=--sent',
      'state=drop',
    ]) {
      const checked = parseListQuery(`/x?${nonsense}`, spec);
      assert.deepEqual(
        {
          page: checked.page,
          size: checked.size,
          sort: checked.sort,
          direction: checked.direction,
          filters: checked.filters,
        },
        { page: 1, size: 50, sort: 'sent', direction: 'desc', filters: {} },
        nonsense,
      );
    }
    assert.ok(parseListQuery(`/x?q=${'y'.repeat(9999)}`, spec).q.length <= 200);
  });

  it('write themselves back into links', () => {
    const query = parseListQuery('/x?page=3&sort=name&state=open&q=a%26b', spec);
    assert.deepEqual(parseListQuery(listLink(query), spec), query);
    assert.equal(parseListQuery(listLink(query, { page: 4 }), spec).page, 4);
    for (const change of [{ sort: '-name' }, { size: 25 }, { q: 'z' }, { filters: { state: '' } }]) {
      assert.equal(parseListQuery(listLink(query, change), spec).page, 1, JSON.stringify(change));
    }
    assert.deepEqual(parseListQuery(listLink(query, { filters: { state: '' } }), spec).filters, {});
    assert.equal(exportFormat(listLink(query, { format: 'csv' })), 'csv');
    assert.equal(exportFormat('/x?format=exe'), undefined);
  });

  const table = (search: string, total: number | { atLeast: number }, rows: number) =>
    renderToString(
      <DataTable
        caption="Things"
        rows={Array.from({ length: rows }, (_, id) => ({ id }))}
        rowKey={(row) => row.id}
        columns={[{ key: 'name', title: 'Name', sortable: true, rowHeader: true, cell: (row) => row.id }]}
        empty={{ title: 'No things yet', text: 'Import some.' }}
        list={{ query: parseListQuery(`/x${search}`, spec), total, exports: true }}
      />,
    );

  it('say how many there are and how they are sorted', () => {
    const page = table('?page=2&sort=name', 1813, 50);
    assert.match(page, /51–100 of 1,813/);
    assert.match(page, /aria-sort="ascending"/);
    assert.match(page, /href="\/x\?sort=-name&amp;size=50"/);
    assert.match(page, /page=37/);
    assert.match(page, /format=xlsx/);
  });

  it('stop where nobody reads on', () => {
    const page = table('?page=2000', 5_000_000, 50);
    assert.match(page, /Only the first 100,000 rows/);
    assert.doesNotMatch(page, /Next page|Last page/);
    assert.match(table('', { atLeast: 10_000 }, 50), /of more than 10,000/);
  });

  it('tell an empty list from one that nothing matches', () => {
    assert.match(table('', 0, 0), /No things yet/);
    assert.match(table('?state=open', 0, 0), /Nothing matches/);
  });
});

describe('messages over one redirect', () => {
  const app = new Hono();
  app.get('/set', (c) => {
    setFlash(c, { tone: 'done', text: 'Grüße <b>' });
    return c.redirect('/', 303);
  });
  app.get('/', (c) => c.json(takeFlash(c)));

  it('are shown once', async () => {
    const cookie = (await app.request('/set')).headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Lax/);
    const answer = await app.request('/', { headers: { cookie: cookie.split(';')[0] ?? '' } });
    assert.deepEqual(await answer.json(), [{ tone: 'done', text: 'Grüße <b>' }]);
    assert.match(answer.headers.get('set-cookie') ?? '', /ff_flash=;.*Max-Age=0/);
  });

  it('are dropped when they are not ours', async () => {
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const value of [
      'x',
      '%%%',
      made({ tone: 'evil', text: 'x' }),
      made({ tone: 'done', text: 'x'.repeat(5000) }),
      made([]),
    ]) {
      const answer = await app.request('/', { headers: { cookie: `ff_flash=${value}` } });
      assert.deepEqual(await answer.json(), []);
    }
  });
});

describe('figures', () => {
  it('never flatter', () => {
    assert.equal(wholePercent(1812, 1813), 99);
    assert.equal(wholePercent(1, 1813), 1);
    assert.equal(wholePercent(0, 0), 0);
    assert.equal(wholePercent(7, 7), 100);
  });

  it('are written as the language writes them', () => {
    assert.equal(formatCount(1813), '1,813');
    assert.equal(formatCount(1813, 'de'), '1.813');
    assert.equal(formatDay('2022-05-04'), '4 May 2022');
    assert.equal(formatDay('2022-05-04', 'de'), '4. Mai 2022');
    assert.match(
      formatMoment(new Date('2022-05-04T22:30:00Z'), 'en', 'Europe/Berlin'),
      /^5 May 2022,? (at )?00:30 (CEST|GMT\+2)$/,
    );
  });

  it('stand on round scales', () => {
    assert.deepEqual(niceScale(3626, 4), [0, 1000, 2000, 3000, 4000]);
    assert.deepEqual(niceScale(1, 4), [0, 1]);
    assert.deepEqual(thinOut([1, 2, 3, 4, 5, 6, 7], 3), [1, 4, 7]);
  });
});

describe('pictures', () => {
  it('draw one day, no day and no row without failing', () => {
    const chart = (points: { day: string; counts: Record<string, number> }[]) =>
      renderToString(
        <ProgressChart kind="correction" states={['verified', 'open']} points={points} noun="corrections" />,
      );
    assert.match(chart([]), /The picture starts/);
    assert.doesNotMatch(chart([{ day: '2022-05-04', counts: { open: 5 } }]), /NaN|Infinity/);
    assert.doesNotMatch(
      chart([
        { day: '2022-05-04', counts: {} },
        { day: '2022-05-05', counts: {} },
      ]),
      /NaN|Infinity/,
    );
  });

  it('know every country of the atlas by the right letters', () => {
    const require = createRequire(import.meta.url);
    type Atlas = { objects: { countries: { geometries: { id?: string; properties: { name: string } }[] } } };
    const atlas = JSON.parse(readFileSync(require.resolve('world-atlas/countries-50m.json'), 'utf8')) as Atlas;
    // The atlas shortens names ("Bosnia and Herz."): a word of four letters in common is proof enough of a match.
    const wordsOf = (name: string) =>
      new Set(
        name
          .normalize('NFD')
          .toLowerCase()
          .match(/[a-z]{4}/g) ?? [],
      );
    const strange = atlas.objects.countries.geometries
      .filter((country) => country.id)
      .map((country) => ({ name: country.properties.name, code: lettersOf(String(country.id)) }))
      .filter(({ name, code }) => {
        const known = wordsOf(countryName(code ?? '?'));
        return ![...wordsOf(name)].some((word) => known.has(word));
      })
      .map(({ name, code }) => `${name}=${code}`);
    // Right as well, only named in other words.
    assert.deepEqual(strange.sort(), [
      'Ashmore and Cartier Is.=AU',
      'Faeroe Is.=FO',
      'Fr. S. Antarctic Lands=TF',
      'S. Geo. and the Is.=GS',
      'Turkey=TR',
    ]);
  });

  it('show every country there is, large or small', () => {
    const { shapes, dots } = worldMap();
    const drawn = new Set([...shapes.map((shape) => shape.code), ...dots.keys()]);
    const lacking = ['SG', 'MT', 'LU', 'HK', 'BH', 'LI', 'MC', 'CY', 'IS', 'XK', 'PR', 'MU', 'BB', 'MO'].filter(
      (code) => !drawn.has(code),
    );
    assert.deepEqual(lacking, []);
    for (const shape of shapes) assert.doesNotMatch(shape.path, /NaN/);
  });

  it('lead from each country to its list', () => {
    const map = renderToString(
      <CountryMap
        countries={[
          { country: 'DE', total: 10, verified: 10, href: '/x?country=DE' },
          { country: 'SG', total: 4, verified: 1, href: '/x?country=SG' },
          { country: 'ZZ', total: 1, verified: 0, href: '/x?country=ZZ' },
        ]}
      />,
    );
    assert.match(
      map,
      /<a href="\/x\?country=DE"[^>]*><title>Germany: 10 of 10 verified \(100 %\)<\/title><path class="ff-map-5"/,
    );
    assert.match(map, /<title>Singapore[^<]*<\/title><circle class="ff-map-2"/);
    assert.match(map, /Not on the map:.*country=ZZ/);
  });
});

describe('icons', () => {
  it('named in a source exist', () => {
    const root = join(import.meta.dirname, '..');
    const outline = join(root, 'node_modules/@tabler/icons/icons/outline');
    const sources = readdirSync(join(root, 'src/http'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const wrong = sources.flatMap((file) =>
      [
        ...readFileSync(file, 'utf8').matchAll(
          /<Icon\s+name="([^"]+)"|\bicon[=:]\s?["']([a-z0-9-]+)["']|look\('\w+', '([a-z0-9-]+)'/g,
        ),
      ]
        .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
        .filter((name) => !existsSync(join(outline, `${name}.svg`)))
        .map((name) => `${file.slice(root.length + 1)}: ${name}`),
    );
    assert.deepEqual(wrong, []);
  });
});

describe('in a browser', () => {
  let server: ServerType;
  let origin = '';

  before(async () => {
    const app = new Hono();
    app.use(setSecurityHeaders({ publicUrl: 'http://localhost' }));
    addAssetRoutes(app);
    for (const [name, guide] of Object.entries(guides)) app.get(`/${name}`, (c) => c.html(renderPage(guide())));
    await new Promise<void>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        origin = `http://127.0.0.1:${port}`;
        resolve();
      });
    });
  });
  after(async () => {
    await closeBrowser();
    server.close();
  });

  for (const name of Object.keys(guides)) {
    for (const width of [1280, 390]) {
      it(`${name} is accessible and fits at ${width} px`, async () => {
        await withBrowser({ width }, async (page) => {
          await page.goto(`${origin}/${name}`);
          const beyond = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.equal(beyond, 0, 'the page scrolls sideways');
          await page.evaluate(axe.source);
          const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)');
          const grave = violations
            .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
            .map(
              (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
            );
          assert.deepEqual(grave, []);
        });
      });
    }
  }

  it('the menu opens without JavaScript, and every place is reached by keyboard', async () => {
    await withBrowser({ width: 390, javaScript: false }, async (page) => {
      await page.goto(`${origin}/desk`);
      const places = page.getByRole('navigation', { name: 'Menu' });
      assert.equal(await places.isVisible(), false);
      await page.locator('summary', { hasText: 'Menu' }).click();
      assert.equal(await places.getByRole('link').count(), deskPlaces.length);
    });
    await withBrowser({ width: 1280, javaScript: false }, async (page) => {
      await page.goto(`${origin}/desk`);
      await page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
      assert.equal(await page.locator(':focus').isVisible(), true);
    });
  });

  it('an error takes the focus, and its link leads into the field', async () => {
    await withBrowser({}, async (page) => {
      await page.goto(`${origin}/form`);
      assert.match(await page.title(), /^Error: New action/);
      assert.equal(await page.locator(':focus').getAttribute('role'), 'alert');
      await page.getByRole('link', { name: 'Choose what kind of action this is.' }).click();
      assert.equal(await page.locator(':focus').getAttribute('name'), 'kind');
    });
  });

  it('prints the content without the navigation', async () => {
    await withBrowser({}, async (page) => {
      await page.goto(`${origin}/desk`);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.getByRole('navigation', { name: 'Main' }).isVisible(), false);
      assert.equal(await page.getByRole('search').isVisible(), false);
      assert.equal(await page.getByRole('heading', { name: 'FSN2022-1230' }).isVisible(), true);
      assert.equal(await page.getByRole('table', { name: 'Parties' }).isVisible(), true);
    });
  });
});

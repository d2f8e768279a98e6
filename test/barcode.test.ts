/** Labels as cameras, scanners that type and people hand them over, and what they mean for an action. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { lookUpBarcode } from '../src/app/barcodes.ts';
import { numbersOf, type ReadLabel, readLabel, shorterNumbersOf } from '../src/domain/barcode.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { openPortalHouse, type PortalHouse, supporter } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

const TODAY = '2022-05-04';
const GS = '\u001d';

function read(text: string): ReadLabel {
  const label: ReadLabel | Refusal = readLabel(text, TODAY);
  assert.ok(!isRefusal(label), isRefusal(label) ? label.code : '');
  return label;
}

describe('the text of a label', () => {
  for (const [how, text] of [
    ['GS1 DataMatrix as scanned', `]d2010081627002012521NB550123${GS}10LOT7`],
    ['GS1-128', ']C1010081627002012521NB550123'],
    ['GS1 QR', `]Q3010081627002012521NB550123`],
    ['without a symbology identifier', `010081627002012521NB550123${GS}10LOT7`],
    ['with the separator as a program writes it', ']d2010081627002012521NB550123<GS>10LOT7'],
    ['with the separator named after its sign', '010081627002012521NB550123<FNC1>10LOT7'],
    ['typed through a Japanese keyboard', '（０１）００８１６２７００２０１２５（２１）ＮＢ５５０１２３'],
    ['with the sign of the separator', '010081627002012521NB550123\u241d10LOT7'],
    ['as printed', '(01)00816270020125(21)NB550123'],
    ['GS1 Digital Link', 'https://id.example/01/00816270020125/21/NB550123?lang=en'],
    ['with the line end of a scanner', ']d2010081627002012521NB550123\r\n'],
  ] as const) {
    it(`is a unit: ${how}`, () => {
      const label = read(text);
      assert.equal(label.kind, 'udi');
      assert.ok(label.kind === 'udi' && label.carrier.di === '00816270020125');
      assert.equal(numbersOf(label)[0], 'NB550123');
    });
  }

  it('is a serial number by itself, whatever stands before it', () => {
    for (const text of ['NB550123', ' nb550123 ', 'SN: NB550123', 'S/N NB550123', ']C0NB550123', ']A0NB550123'])
      assert.equal(numbersOf(read(text))[0]?.toUpperCase(), 'NB550123', text);
    // Digits that look like the beginning of an element string.
    assert.deepEqual(numbersOf(read('2112345')), ['2112345']);
    assert.deepEqual(numbersOf(read('70001')), ['70001']);
  });

  it('is a unit though the scanner swallowed the separator, when the whole is none', () => {
    const label = read(']d2010081627002012521NB55012310LOT7');
    assert.deepEqual(numbersOf(label), ['NB55012310LOT7']);
    assert.deepEqual(shorterNumbersOf(label), ['NB550123']);
    assert.deepEqual(shorterNumbersOf(read(`]d2010081627002012521NB550123${GS}10LOT7`)), []);
    assert.deepEqual(shorterNumbersOf(read('NB55012310LOT7')), []);
  });

  it('is read as HIBC', () => {
    const label = read('+A123ABCDEFGHI1234567891E');
    assert.ok(label.kind === 'udi' && label.carrier.issuer === 'HIBC');
  });

  it('is refused when it says that it is a carrier and a digit is wrong', () => {
    for (const text of [']d2010081627002012421NB550123', '(01)00816270020124(21)NB1', '+A99912345X']) {
      const label = readLabel(text, TODAY);
      assert.ok(isRefusal(label) && label.code.startsWith('udi.'), text);
    }
  });
});

describe('photographs of codes', () => {
  const folder = resolve(import.meta.dirname, '../../shared/data/barcode');
  const skip = existsSync(folder) ? false : 'the folder ../shared/data/barcode is not there';
  it('are read, and no text of them breaks the parser', { skip, timeout: 110_000 }, async () => {
    const wasm = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer } });
    let [all, right] = [0, 0];
    for (const set of readdirSync(folder).filter((name) => /datamatrix-1|qrcode-2|code128-1/.test(name))) {
      for (const name of readdirSync(join(folder, set)).filter((file) => /\.(png|jpg)$/.test(file))) {
        const told = join(folder, set, name.replace(/\.\w+$/, '.txt'));
        if (!existsSync(told)) continue;
        all++;
        const found = await readBarcodes(readFileSync(join(folder, set, name)), { tryHarder: true, textMode: 'Plain' });
        const expected = readFileSync(told, 'utf8');
        if (found.some((one) => one.text.trim() === expected.trim())) right++;
        for (const one of found) readLabel(`${one.symbologyIdentifier}${one.text}`, TODAY);
        readLabel(expected, TODAY);
      }
    }
    assert.ok(all >= 40, `${all} pictures`);
    assert.ok(right / all >= 0.8, `${right} of ${all}`);
  });
});

describe('what a label means', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  let lab: SampleParty;
  let other: SampleParty;
  let serial: string;
  let strange: string;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample);
    other = await addSampleParty(house.ctx, sample);
    const serialOf = async (id = 0) =>
      (await house.ctx.db.selectFrom('unit').select('serial').where('id', '=', id).executeTakeFirstOrThrow()).serial;
    serial = await serialOf(lab.unitIds[0]);
    strange = await serialOf(other.unitIds[0]);
    await house.ctx.db
      .insertInto('product_identifier')
      .values({ product_id: sample.productId, scheme: 'udi-di', issuer: 'GS1', value: '00816270020125', printed: '' })
      .execute();
    const [spare] = await house.ctx.db
      .insertInto('product')
      .values({ code: 'SPARE', name: 'Centrifuge 7', kind: 'instrument', created_at: house.ctx.now() })
      .returning('id')
      .execute();
    await house.ctx.db
      .insertInto('product_identifier')
      .values({ product_id: spare?.id ?? 0, scheme: 'udi-di', issuer: 'GS1', value: '05901234123457', printed: '' })
      .execute();
  });
  after(() => house.close());

  const scan = async (code: string): Promise<string> =>
    (await house.get(`/p/${lab.token}/scan?${new URLSearchParams({ code })}`)).text();

  it('is that the unit is on the list, with its rows and the way to report', async () => {
    for (const code of [serial, `(01)00816270020125(21)${serial}`, `]d20100816270020125${'21'}${serial}`]) {
      const page = await scan(code);
      assert.match(page, /It is on your list/, code);
      assert.match(page, new RegExp(`form/corrections#unit-${lab.unitIds[0]}`));
    }
  });

  it('is that the product is not affected, or that the unit is not known yet', async () => {
    assert.match(await scan('(01)05901234123457(21)X1'), /not affected by the notice: Centrifuge 7/);
    assert.match(await scan('NB-NOBODY'), /do not know this instrument as yours yet: NB-NOBODY/);
    assert.match(await scan('(01)00816270020125(21)NEW1'), /which is affected/);
    assert.match(await scan('(01)00816270020124(21)NEW1'), /cannot be read/);
    assert.doesNotMatch(await scan(strange), /on your list/, 'another party’s unit is nobody’s business');
  });

  it('shows a page that works without JavaScript, and may use the camera and nothing else', async () => {
    const answer = await house.get(`/p/${lab.token}/scan`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
    assert.match(answer.headers.get('permissions-policy') ?? '', /camera=\(self\)/);
    assert.match(await answer.text(), /<form[^>]*action="[^"]*\/scan" method="post"/);
    const elsewhere = await house.get(`/p/${lab.token}/units`);
    assert.doesNotMatch(elsewhere.headers.get('content-security-policy') ?? '', /wasm/);
  });

  it('is told to a program for every party', async () => {
    const answer = await lookUpBarcode(house.as(supporter), { text: strange, actionId: sample.actionId });
    assert.ok(!isRefusal(answer));
    assert.equal(answer.outcome, 'listed');
    assert.equal(answer.units[0]?.partyId, other.partyId);
    assert.equal(answer.units[0]?.corrections.length, 2);
  });
});

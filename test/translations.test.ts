/** A language out to its translator and back, looked at, taken, read and signed: the use cases on a real database. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { done } from '../sample/action.ts';
import { samplePassword } from '../src/app/accounts.ts';
import { addBackTranslation } from '../src/app/back-translations.ts';
import { languageHash, signLanguage } from '../src/app/language-signoffs.ts';
import { checkNotice } from '../src/app/notice-checks.ts';
import { approveNotice, editNotice } from '../src/app/notices.ts';
import { loadLanguageTable, loadTranslationFile, loadTranslationImport } from '../src/app/queries/translations.ts';
import { plainFileName } from '../src/app/stored-files.ts';
import { exportTranslation } from '../src/app/translation-export.ts';
import { applyTranslation, discardTranslation, uploadTranslation } from '../src/app/translations.ts';
import { parseText } from '../src/domain/notice.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { resegmentOne, resegmentTwo } from './helpers/xliff-tool.ts';
import { bytesOf, openTranslationHouse, type TranslationHouse } from './translation-house.ts';

let of: TranslationHouse;
before(async () => {
  of = await openTranslationHouse();
});
after(() => of.house.close());

const credential = { password: samplePassword };
const codeOf = (result: unknown): string => (isRefusal(result) ? result.code : 'none');

async function exported(language: string, format: '2.1' | '1.2' = '2.1'): Promise<string> {
  const made = done(await exportTranslation(of.quality, of.noticeId, { language, format }), 'export');
  return of.readKept(made.sha256);
}
const upload = (xml: string | Uint8Array, language?: string) =>
  uploadTranslation(of.quality, of.noticeId, {
    name: 'back.xlf',
    source: bytesOf(xml),
    ...(language ? { language } : {}),
  });
const events = async (action: string) =>
  of.quality.db.selectFrom('event').selectAll().where('action', '=', action).orderBy('seq').execute();

async function approveAgain(): Promise<void> {
  const { content_hash: contentHash } = await of.readNotice();
  done(await approveNotice(of.quality, of.noticeId, { as: 'quality', contentHash, credential }), 'sign');
  done(await approveNotice(of.regulatory, of.noticeId, { as: 'regulatory', contentHash, credential }), 'sign');
}

describe('a language out and back', () => {
  it('goes out as a kept file, and is recorded', async () => {
    const xml = await exported('de');
    assert.match(xml, /trgLang="de"/);
    const table = await loadLanguageTable(of.quality, of.noticeId);
    const german = table?.rows.find((row) => row.language === 'de');
    assert.equal(german?.lastExport?.current, true);
    assert.match(german?.lastExport?.file ?? '', /^M-AMR-00496-v1-de\.xlf$/);
    assert.ok((german?.recipients ?? 0) > 0);
    assert.equal((await events('translation.export')).length, 1);
    const file = await loadTranslationFile(of.quality.db, 'export', german?.lastExport?.id ?? 0);
    assert.equal(file?.size, Buffer.byteLength(xml));
  });

  it('unchanged changes nothing and voids nothing', async () => {
    const { id } = done(await upload(await exported('de')), 'upload');
    assert.equal(codeOf(await applyTranslation(of.quality, id, { looked: true })), 'translation.nothing');
    assert.equal((await of.readNotice()).state, 'approved');
    done(await discardTranslation(of.quality, id), 'discard');
    assert.equal(codeOf(await discardTranslation(of.quality, id)), 'translation.ended-meanwhile');
  });

  it('comes back from tools that cut it into sentences, with what the translator noted', async () => {
    const cuts = { source: [0.4, 0.7], target: [0.4, 0.7] };
    const two = resegmentTwo(await exported('de'), () => cuts).replace('</notes>', '<note>Sie or Du?</note></notes>');
    const one = resegmentOne(await exported('de', '1.2'), () => ({ source: [0.5], target: [0.5] }));
    for (const xml of [two, one]) {
      const { id } = done(await upload(xml), 'upload');
      const report = (await loadTranslationImport(of.quality.db, id))?.report;
      assert.deepEqual(
        report?.texts.filter((text) => text.verdict === 'refused').map((text) => [text.name, text.findings]),
        [],
      );
      const noted = report?.texts.flatMap((text) => text.findings).filter((finding) => finding.code === 'noted');
      assert.equal(noted?.length, xml === two ? 1 : 0);
      done(await discardTranslation(of.quality, id), 'discard');
    }
    const other = (await exported('de', '1.2')).replaceAll(/id="reply\.(\d+)"/g, 'id="reply.$1_1"');
    const { id } = done(await upload(other), 'upload');
    const reply = (await loadTranslationImport(of.quality.db, id))?.report.texts.find((text) => text.name === 'reply');
    assert.equal(reply?.verdict, 'refused');
    assert.match(reply?.findings[0]?.what ?? '', /other names.*reply\.1_1/);
    done(await discardTranslation(of.quality, id), 'discard');
  });

  for (const format of ['2.1', '1.2'] as const) {
    it(`takes changed words from ${format}, and approvals fall`, async () => {
      if ((await of.readNotice()).state === 'in-review') await approveAgain();
      const before = await of.readNotice();
      const word = `Dringend${format === '2.1' ? 'ste' : 'er'}`;
      const xml = (await exported('de', format)).replace(/(<target[^>]*>)DRINGEND[a-zA-Z]*/, `$1${word}`);
      const { id } = done(await upload(xml), 'upload');
      const detail = await loadTranslationImport(of.quality.db, id);
      const changed = detail?.report.texts.filter((text) => text.verdict === 'change') ?? [];
      assert.equal(changed.length, 1);
      // Its state is `translated`, not `final`: somebody looks.
      assert.equal(codeOf(await applyTranslation(of.quality, id, { looked: false })), 'translation.look');
      const taken = done(await applyTranslation(of.quality, id, { looked: true }), 'apply');
      assert.deepEqual(taken, { id, taken: 1, voided: 2 });
      const now = await of.readNotice();
      assert.equal(now.state, 'in-review');
      const name = changed[0]?.name ?? '';
      assert.match(now.document.texts.de?.[name] ?? '', new RegExp(word));
      for (const [other, text] of Object.entries(before.document.texts.de ?? {}))
        if (other !== name) assert.equal(now.document.texts.de?.[other], text);
      assert.equal(codeOf(await applyTranslation(of.quality, id, { looked: true })), 'translation.ended-meanwhile');
    });
  }

  it('takes only the texts that were chosen', async () => {
    const xml = (await exported('it')).replaceAll('<target>', '<target>Ora: ');
    const { id } = done(await upload(xml), 'upload');
    const before = await of.readNotice();
    done(await applyTranslation(of.quality, id, { texts: ['subject'], looked: true }), 'apply');
    const now = await of.readNotice();
    const differ = Object.keys(before.document.texts.it ?? {}).filter(
      (name) => before.document.texts.it?.[name] !== now.document.texts.it?.[name],
    );
    assert.deepEqual(differ, ['subject']);
  });

  it('refuses a text that breaks a fact, and takes the others', async () => {
    const whole = await exported('it');
    const unit = /<unit id="contact"[\s\S]*?<\/unit>/.exec(whole)?.[0] ?? '';
    const broken = unit.replace(/<target>.*?<\/target>/g, (target) => target.replace(/<ph [^>]*ff:fact[^>]*>/, ''));
    assert.notEqual(broken, unit);
    const xml = whole.replace(unit, broken).replace(/(<unit id="reply"[\s\S]*?<target>)/, '$1Nuovo. ');
    const { id } = done(await upload(xml), 'upload');
    const detail = await loadTranslationImport(of.quality.db, id);
    const contact = detail?.report.texts.find((text) => text.name === 'contact');
    assert.equal(contact?.verdict, 'refused');
    assert.ok(contact?.findings.some((finding) => finding.code === 'fact-lost'));
    const both = { texts: ['contact', 'reply'], looked: true };
    assert.equal(codeOf(await applyTranslation(of.quality, id, both)), 'translation.refused');
    const taken = done(await applyTranslation(of.quality, id, { looked: true }), 'apply');
    assert.equal(taken.taken, 1);
  });

  it('makes a new language whole', async () => {
    const xml = (await exported('nl'))
      .replace(/<source>([\s\S]*?)<\/source>/g, '<source>$1</source><target>$1</target>')
      .replaceAll('state="initial"', 'state="final"');
    const { id } = done(await upload(xml), 'upload');
    const report = (await loadTranslationImport(of.quality.db, id))?.report;
    assert.equal(report?.looksLike, 'en');
    assert.ok(report?.texts.every((text) => text.verdict === 'change'));
    assert.ok(report?.texts.some((text) => text.findings.some((finding) => finding.code === 'copied')));
    done(await applyTranslation(of.quality, id, { looked: true }), 'apply');
    const { document } = await of.readNotice();
    const trees = (language: string) =>
      Object.fromEntries(Object.entries(document.texts[language] ?? {}).map(([name, text]) => [name, parseText(text)]));
    assert.deepEqual(trees('nl'), trees('en'));
    assert.doesNotMatch(document.texts.nl?.letterhead ?? '', /\\\(/, 'no backslash where none is needed');
    const table = await loadLanguageTable(of.quality, of.noticeId);
    assert.equal(table?.rows.find((row) => row.language === 'nl')?.complete, true);
    // What the translator called final goes out as final again, until it changes.
    assert.doesNotMatch(await exported('nl'), /state="(initial|translated|reviewed)"/);
  });

  it('is checked again when the notice has changed meanwhile', async () => {
    const xml = (await exported('de')).replace(/(<unit id="reply"[\s\S]*?<target>)/, '$1Neu. ');
    const { id } = done(await upload(xml), 'upload');
    const { document, content_hash: basedOn } = await of.readNotice();
    const english = { ...document.texts.en, reply: '# Your reply\n\nOther words.' };
    const next = { ...document, texts: { ...document.texts, en: english } };
    done(await editNotice(of.quality, of.noticeId, { document: next, basedOn }), 'edit');
    assert.equal((await loadTranslationImport(of.quality.db, id))?.outdated, true);
    assert.equal(codeOf(await applyTranslation(of.quality, id, { looked: true })), 'translation.outdated-meanwhile');
    const again = await loadTranslationImport(of.quality.db, id);
    assert.equal(again?.outdated, false);
    assert.equal(again?.report.current, false);
    const reply = again?.report.texts.find((text) => text.name === 'reply');
    assert.ok(reply?.findings.some((finding) => finding.code === 'source-changed'));
    done(
      await editNotice(of.quality, of.noticeId, { document, basedOn: (await of.readNotice()).content_hash }),
      'edit back',
    );
  });

  it('refuses what it cannot be, and keeps nothing of it', async () => {
    const count = async () =>
      Number(
        (
          await of.quality.db
            .selectFrom('translation_import')
            .select((eb) => eb.fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      );
    const before = await count();
    const xml = await exported('de');
    assert.equal(codeOf(await upload(xml, 'it')), 'xliff.language');
    assert.equal(
      codeOf(await upload('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')),
      'xliff.doctype',
    );
    assert.equal(codeOf(await upload(Buffer.from(xml.replace('ü', 'ü'), 'latin1'))), 'xliff.encoding');
    assert.equal(codeOf(await upload(xml.replace('id="notice-', 'id="notice-99'))), 'xliff.other-notice');
    async function* huge(): AsyncGenerator<Uint8Array> {
      for (let megabyte = 0; megabyte < 100; megabyte++) yield Buffer.alloc(2 ** 20, 32);
    }
    const large = await uploadTranslation(of.quality, of.noticeId, { name: 'x.xlf', source: huge() });
    assert.equal(codeOf(large), 'file.too-large');
    assert.equal(
      codeOf(await exportTranslation(of.quality, of.noticeId, { language: 'en', format: '2.1' })),
      'xliff.same-language',
    );
    assert.equal(
      codeOf(await exportTranslation(of.support, of.noticeId, { language: 'de', format: '2.1' })),
      'forbidden',
    );
    assert.equal(await count(), before);
  });

  it('gives a file the name it seems to have', () => {
    assert.equal(plainFileName('C:\\x\\report\u202eflx.exe'), 'reportflx.exe');
    assert.equal(plainFileName('../../etc/passwd'), 'passwd');
    assert.equal(plainFileName('\u202e'), 'file');
    assert.equal(plainFileName('Mitteilung für Zürich.xlf'), 'Mitteilung für Zürich.xlf');
  });
});

describe('a sign-off', () => {
  const sign = async (language: string, more: Partial<Parameters<typeof signLanguage>[2]> = {}, as = of.support) =>
    signLanguage(as, of.noticeId, {
      language,
      textsHash: languageHash((await of.readNotice()).document, language),
      reviewerName: as.actor.name,
      reviewerTitle: 'Field engineer',
      nativeReader: true,
      credential,
      ...more,
    });
  const standing = async (language: string) =>
    (await loadLanguageTable(of.quality, of.noticeId))?.rows.find((row) => row.language === language);

  it('names reader, title, meaning and time, and asks for the credential', async () => {
    assert.equal(codeOf(await sign('de', { credential: { password: 'wrong' } })), 'credential.wrong-password');
    done(await sign('de'), 'sign');
    const row = await standing('de');
    assert.equal(row?.signoff?.nativeReader, true);
    assert.equal(row?.signoff?.reviewer, of.support.actor.name);
    assert.match(row?.signoff?.meaning ?? '', /^I have read the notice/);
    assert.equal((await events('translation.sign-off')).length, 1);
    assert.doesNotMatch(
      await exported('de'),
      /state="(initial|translated|reviewed)"/,
      'what is signed goes out as final',
    );
  });

  it('says so when somebody outside has read it', async () => {
    done(await sign('it', { reviewerName: 'Dott.ssa Prova \u200fEsempio', nativeReader: false }), 'sign');
    const row = await standing('it');
    assert.match(row?.signoff?.meaning ?? '', /^I hold the written statement/);
    assert.equal(row?.signoff?.nativeReader, false);
    assert.equal(row?.signoff?.signedBy, of.support.actor.name);
  });

  it('is asked for before the release, as a reason and not as a block', async () => {
    const found = (await checkNotice(of.quality.db, of.noticeId)).filter((one) => one.rule === 'languages-reviewed');
    assert.equal(found.length, 1);
    assert.equal(found[0]?.severity, 'reason');
    const open = String(found[0]?.params.languages).split(', ');
    assert.ok(open.includes('nl') && open.includes('ja'), 'complete, and nobody stands for them');
    assert.ok(!open.includes('de') && !open.includes('it') && !open.includes('en'));
  });

  it('falls when the words change, and only theirs', async () => {
    const { document, content_hash: basedOn } = await of.readNotice();
    const german = { ...document.texts.de, subject: `${document.texts.de?.subject} jetzt` };
    const next = { ...document, texts: { ...document.texts, de: german } };
    done(await editNotice(of.quality, of.noticeId, { document: next, basedOn }), 'edit');
    const row = await standing('de');
    assert.equal(row?.signoff, undefined);
    assert.match(row?.fallen?.voidedReason ?? '', /changed after this sign-off/);
    assert.ok((await standing('it'))?.signoff);
  });

  it('falls in every language when the source changes', async () => {
    const { document, content_hash: basedOn } = await of.readNotice();
    const english = { ...document.texts.en, subject: `${document.texts.en?.subject} now` };
    const next = { ...document, texts: { ...document.texts, en: english } };
    done(await editNotice(of.quality, of.noticeId, { document: next, basedOn }), 'edit');
    assert.equal((await standing('it'))?.signoff, undefined);
  });

  it('is refused for the source, for what is incomplete and for what was not read', async () => {
    assert.equal(codeOf(await sign('en')), 'signoff.source');
    assert.equal(codeOf(await sign('pl')), 'signoff.incomplete');
    assert.equal(codeOf(await sign('de', { textsHash: 'a'.repeat(64) })), 'notice.changed-meanwhile');
    assert.equal(codeOf(await sign('de', {}, await of.house.staff('viewer'))), 'forbidden');
    const key = of.house.as({ kind: 'key', id: 1, name: 'k', scopes: ['notice.sign-language'] });
    assert.equal(codeOf(await sign('de', {}, key)), 'forbidden');
  });
});

describe('a back-translation', () => {
  const add = (name: string, language = 'de', content = 'words') =>
    addBackTranslation(of.quality, of.noticeId, { language, name, translator: 'B. Zurück', source: bytesOf(content) });

  it('is kept beside its language', async () => {
    const { id } = done(await add('back.pdf'), 'attach');
    assert.equal((await loadTranslationFile(of.quality.db, 'back', id))?.name, 'back.pdf');
    const table = await loadLanguageTable(of.quality, of.noticeId);
    assert.equal(table?.rows.find((row) => row.language === 'de')?.backTranslations, 1);
  });

  it('is one of a few kinds of file, and of a language that is written', async () => {
    assert.equal(codeOf(await add('back.exe')), 'back-translation.type');
    assert.equal(codeOf(await add('back.docm')), 'back-translation.type');
    assert.equal(codeOf(await add('back.txt', 'de', '')), 'file.empty');
    assert.equal(codeOf(await add('back.txt', 'en')), 'back-translation.language');
    assert.equal(codeOf(await add('back.txt', 'pl')), 'back-translation.language');
  });
});

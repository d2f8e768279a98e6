import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bounceMail, delayMail, personMail, serverWords } from '../sample/mails.ts';
import { readFacts } from '../src/adapters/mail-facts.ts';
import { failureClasses, type MailKind } from '../src/domain/mail.ts';
import { readProposedContact } from '../src/domain/mail-automatic.ts';
import { readClaims, serialsIn } from '../src/domain/mail-claims.ts';
import { classify } from '../src/domain/mail-failure-class.ts';
import { ownText } from '../src/domain/mail-quote.ts';
import { sortMail } from '../src/domain/mail-sort.ts';
import { bounceFolder, sortRealBounces } from './helpers/real-bounces.ts';

const letter = {
  messageId: '<delivery.7.0123456789abcde@maker.example>',
  to: 'leitung@lab-7.example',
  returnPath: 'bounce+7.0123456789abcde@maker.example',
  from: 'notices@maker.example',
  subject: 'URGENT MEDICAL DEVICE RECALL',
  date: new Date('2022-05-04T08:00:00Z'),
  text: 'If you suspect a break-in, unplug the network cable. Is the patch installed? Wrong person? Write to us.',
};
const at = new Date('2022-05-05T06:00:00Z');
const from = { name: 'Erika Muster', address: letter.to };
const sorted = async (raw: Buffer) => sortMail(await readFacts(raw));
const person = (text: string, rest: Partial<Parameters<typeof personMail>[1]> = {}) =>
  sorted(personMail(letter, { from, at, text, ...rest }));

describe('reports of mail servers', () => {
  test('each class in each wording, as a standard report and in words only', async () => {
    for (const failure of failureClasses) {
      for (const words of serverWords[failure].keys()) {
        for (const plain of [false, true]) {
          const guess = await sorted(bounceMail(letter, { failure, words, plain, at }));
          assert.deepEqual(
            [guess.kind, guess.failure],
            ['failure', failure],
            JSON.stringify(serverWords[failure][words]),
          );
          assert.equal(guess.recipients[0]?.address, letter.to);
          assert.ok(guess.automatic && guess.confidence >= 80 && guess.reasons.length > 0);
        }
      }
    }
  });

  test('a delay is no failure', async () => {
    const guess = await sorted(delayMail(letter, at));
    assert.deepEqual([guess.kind, guess.failure], ['delay', null]);
  });

  test('words win over codes where servers are known to be wrong, and 4.x.x kills no address', () => {
    assert.equal(classify('5.1.1', '550', '550 5.1.1 mailbox is full'), 'mailbox-full');
    assert.equal(classify('5.7.1', '550', '550 5.7.1 user unknown'), 'hard');
    assert.equal(classify('5.1.8', '553', 'Domain of sender address does not exist'), 'policy');
    assert.equal(classify('4.4.4', '', 'Host or domain name not found'), 'soft');
    assert.equal(classify('', '550', '550 no such user here'), 'hard');
    assert.equal(classify('', '552', '552 message size exceeds the limit'), 'policy');
    assert.equal(classify('', '', 'nothing that anybody knows'), 'soft');
  });

  test('a person who forwards a report, or tells of one, is a person', async () => {
    const report = bounceMail(letter, { failure: 'hard', at, plain: true })
      .toString()
      .split('\r\n\r\n')
      .slice(1)
      .join('\n');
    for (const subject of ['Fwd: Undelivered Mail Returned to Sender', 'Re: your mail bounced']) {
      const guess = await person(`Hello, this came back to us:\n\n${report}`, { subject });
      assert.notEqual(guess.kind, 'failure', subject);
      assert.equal(guess.automatic, false);
    }
  });

  test('a read receipt is evidence of arrival, and a complaint is something else', async () => {
    const receipt = (disposition: string): Buffer =>
      Buffer.from(
        `From: ${letter.to}\r\nSubject: Read: Recall\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822;${letter.to}\r\nOriginal-Message-ID: ${letter.messageId}\r\nDisposition: manual-action/MDN-sent-manually; ${disposition}\r\n\r\n--b--\r\n`,
      );
    const shown = await sorted(receipt('displayed'));
    assert.deepEqual([shown.kind, shown.recipients[0]?.action], ['delivered', 'delivered']);
    assert.equal((await sorted(receipt('deleted'))).recipients[0]?.action, 'relayed');
    const complaint = await sorted(
      Buffer.from(
        'From: fbl@provider.example\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nabuse\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n\r\n--b--\r\n',
      ),
    );
    assert.deepEqual([complaint.kind, complaint.automatic], ['other', true]);
  });
});

describe('real reports', () => {
  test('are sorted rightly in 97 of 100 cases, and none is taken for what a person wrote', async (t) => {
    const figures = await sortRealBounces();
    if (!figures) return t.skip(`no collection of real bounces at ${bounceFolder}`);
    assert.ok(figures.right / figures.judged >= 0.97, figures.wrong.join('\n'));
    assert.deepEqual(figures.takenForPersons, []);
  });
});

describe('absences', () => {
  test('in many languages are automatic answers, and people who speak of holidays are not', async () => {
    const subjects = [
      'Automatic reply: Recall',
      'Abwesenheitsnotiz',
      'Réponse automatique : Rappel',
      'Risposta automatica',
      'Respuesta automática',
      'Resposta automática',
      'Automatisch antwoord',
      'Autosvar',
      'Autoodpowiedź',
      'Автоответ',
      '自動応答',
      '自动回复',
    ];
    for (const subject of subjects) {
      const guess = await person('...', { subject, automatic: true });
      assert.deepEqual([guess.kind, guess.automatic], ['automatic', true], subject);
    }
    const guess = await person('I was on holiday. The patch was installed on 4 May 2022.', { subject: 'Re: recall' });
    assert.deepEqual([guess.kind, guess.automatic], ['reply', false]);
  });

  test('name who is there instead', () => {
    const named = (text: string) => {
      const found = readProposedContact(text, ['erika@lab.example']);
      return found && [found.kind, found.name, found.email];
    };
    assert.deepEqual(named('Erika Muster has left. Please contact Kim Beispiel (kim@lab.example).'), [
      'left',
      'Kim Beispiel',
      'kim@lab.example',
    ]);
    assert.deepEqual(named('Frau Muster ist nicht mehr bei uns tätig. Bitte wenden Sie sich an it@lab.example'), [
      'left',
      '',
      'it@lab.example',
    ]);
    assert.deepEqual(named('Please write to security@lab.example.'), ['forward', '', 'security@lab.example']);
    assert.equal(named('Regards, erika@lab.example'), undefined);
  });
});

describe('what people write', () => {
  const cases: [text: string, kind: MailKind][] = [
    ['The patch was installed on NB550001 on 4 May 2022.', 'reply'],
    ['Der Patch wurde eingespielt. Alle Geräte sind aktualisiert.', 'reply'],
    ['Nous avons bien reçu votre avis.', 'reply'],
    ['Abbiamo installato la patch su tutti gli strumenti.', 'reply'],
    ['No hemos podido instalar el parche todavía.', 'reply'],
    ['パッチのインストールが完了しました。', 'reply'],
    ['Does the patch have to be installed in both modes?', 'question'],
    ['Come possiamo scaricare la patch?', 'question'],
    ['Bitte teilen Sie uns mit, wo wir den Patch finden.', 'question'],
    ['Frau Muster ist nicht mehr bei uns. Neue Ansprechpartnerin: kim@lab.example', 'contact-change'],
    ['Somebody hacked our sequencer, there is an unknown account on it.', 'problem'],
    ['Wir haben einen unbekannten Benutzer auf dem Gerät gefunden.', 'problem'],
    ['A patient got a wrong result.', 'problem'],
    ['Thanks and regards', 'other'],
  ];
  test('is told apart by the words of several languages, with those words', async () => {
    for (const [text, kind] of cases) {
      const guess = await person(text);
      assert.equal(guess.kind, kind, text);
      assert.ok(guess.confidence < 80, 'what a person wrote is never acted on by itself');
      for (const reason of guess.reasons.filter((one) => one.what === 'words')) assert.ok(text.includes(reason.text));
    }
  });

  test('our own words below an answer are not the sender’s', async () => {
    assert.equal((await person('Thanks', { quote: true })).kind, 'other');
    assert.equal(
      (await person('We found no unauthorised access. The patch was installed.', { quote: true })).kind,
      'reply',
    );
  });

  test('quotations are cut off as mail programs write them', () => {
    const openers = [
      'On Wed, 4 May 2022 at 10:00, Maker <notices@maker.example> wrote:',
      'Am 04.05.2022 um 10:00 schrieb Maker:',
      'Le mer. 4 mai 2022 à 10:00, Maker a écrit :',
      'Il giorno mer 4 mag 2022 alle ore 10:00 Maker ha scritto:',
      '-----Original Message-----',
      '-----Ursprüngliche Nachricht-----',
      'From: Maker\nSent: Wednesday, 4 May 2022 10:00\nTo: Erika',
      'Von: Maker\nGesendet: Mittwoch, 4. Mai 2022 10:00\nAn: Erika',
    ];
    for (const opener of openers) assert.equal(ownText(`My answer.\n\n${opener}\nquoted words`), 'My answer.', opener);
    assert.equal(ownText('> quoted\nmine'), 'mine');
  });
});

describe('claims in free text', () => {
  const units = ['NB550001', 'NB550002', 'LRM-PC-001'].map((serial, n) => ({
    id: n + 1,
    serial,
    corrections: [
      { id: 10 * (n + 1), environment: 'Dx', environmentName: 'Diagnostic mode' },
      { id: 10 * (n + 1) + 1, environment: 'RUO', environmentName: 'Research mode' },
    ],
  }));
  const read = (text: string) =>
    readClaims(text, units, '2022-05-10').claims.map(
      (one) => `${one.serial} ${one.environment} ${one.claim} ${one.doneOn ?? '-'}`,
    );

  test('are read unit by unit, mode by mode, with their days', () => {
    assert.deepEqual(read('Done for serial NB550001 Dx on 04MAY2022.'), ['NB550001 Dx done 2022-05-04']);
    assert.deepEqual(read('nb550001 RUO: patch installed 2022-05-06\nNB550002 Dx: not yet installed'), [
      'NB550001 RUO done 2022-05-06',
      'NB550002 Dx not-yet -',
    ]);
    assert.deepEqual(read('Auf folgenden Geräten wurde der Patch am 5. Mai 2022 installiert:\nNB550001\nLRM-PC-001'), [
      'NB550001 Dx done 2022-05-05',
      'NB550001 RUO done 2022-05-05',
      'LRM-PC-001 Dx done 2022-05-05',
      'LRM-PC-001 RUO done 2022-05-05',
    ]);
    assert.equal(read('The patch was installed on all instruments.').length, 6);
  });

  test('say nothing of what they do not name, and believe no day that is still to come', () => {
    assert.deepEqual(read('Thank you, we will look into it.'), []);
    assert.deepEqual(read('Installed on NB550001 in Dx on 1 June 2022.'), ['NB550001 Dx done -']);
    assert.deepEqual(read('NB5500010 was installed.'), []);
    assert.deepEqual(readClaims('Installed on MB770001.', units, '2022-05-10').strangers, ['MB770001']);
    assert.deepEqual(serialsIn('about nb550001, NB550001 and A-1'), ['NB550001']);
  });
});

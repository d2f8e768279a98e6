/** Invented mails as real ones are built: what mail servers, absent people and laboratories write back. */
import type { FailureClass } from '../src/domain/mail.ts';

/** The letter that a mail answers or brings back. */
export interface AnsweredLetter {
  /** With angle brackets. */
  messageId: string;
  /** Where it went. */
  to: string;
  /** Where reports about it come back to. */
  returnPath: string;
  from: string;
  subject: string;
  date: Date;
  /** What a reader's mail program quotes of it. */
  text?: string;
}

const date = (at: Date): string => at.toUTCString().replace('GMT', '+0000');
const hostOf = (address: string): string => address.split('@')[1] ?? 'mail.example';

function lines(...rows: (string | readonly string[] | false)[]): Buffer {
  return Buffer.from(
    rows
      .filter((row): row is string | string[] => row !== false)
      .flat()
      .join('\r\n'),
    'utf8',
  );
}

/** What a server says, by class, with its codes. Several of each, as servers differ. */
export const serverWords: Readonly<Record<FailureClass, readonly { status: string; words: string }[]>> = {
  hard: [
    {
      status: '5.1.1',
      words: '550 5.1.1 <ADDRESS>: Recipient address rejected: User unknown in virtual mailbox table',
    },
    {
      status: '5.1.10',
      words: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ADDRESS not found by SMTP address lookup',
    },
    { status: '5.0.0', words: '550 Unbekannter Empfänger: Das Postfach existiert nicht' },
    { status: '5.1.2', words: '550 5.1.2 Host or domain name not found' },
  ],
  'mailbox-full': [
    { status: '5.2.2', words: '552 5.2.2 The mailbox ADDRESS is full' },
    { status: '4.2.2', words: '452 4.2.2 ADDRESS is over quota' },
    { status: '5.0.0', words: '554 La casella di posta è piena' },
  ],
  policy: [
    { status: '5.7.1', words: '550 5.7.1 Message rejected due to local policy' },
    {
      status: '5.7.26',
      words: '550 5.7.26 Unauthenticated email is not accepted due to the DMARC policy of the domain',
    },
  ],
  soft: [
    { status: '4.4.1', words: '421 4.4.1 Connection timed out' },
    { status: '4.3.0', words: '451 4.3.0 Temporary lookup failure' },
  ],
};

export interface BounceWishes {
  failure: FailureClass;
  /** Which of the server's words; they go round. */
  words?: number;
  /** A server that knows no standard report writes free text. */
  plain?: boolean;
  at: Date;
  /** Without it the report names our return path as its recipient, as it must. */
  lostReturnPath?: boolean;
}

/** A letter that came back, as its mail server reports it: RFC 3464, or in words only. */
export function bounceMail(letter: AnsweredLetter, wishes: BounceWishes): Buffer {
  const choices = serverWords[wishes.failure];
  const said = choices[(wishes.words ?? 0) % choices.length] ?? { status: '5.0.0', words: '550 refused' };
  const words = said.words.replaceAll('ADDRESS', letter.to);
  const host = `mx.${hostOf(letter.to)}`;
  const to = wishes.lostReturnPath ? letter.from : letter.returnPath;
  const head = [
    'Return-Path: <>',
    `Received: from ${host} by mail.maker.example; ${date(wishes.at)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${host}>`,
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Date: ${date(wishes.at)}`,
    `Message-ID: <${wishes.at.getTime().toString(36)}.${letter.to.length}.${letter.messageId.slice(1, 30)}@${host}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
  ];
  const own = [
    `This is the mail system at host ${host}.`,
    '',
    "I'm sorry to have to inform you that your message could not be delivered to one or more recipients.",
    '',
    `<${letter.to}>: host ${host} said: ${words} (in reply to RCPT TO command)`,
    '',
  ];
  const returned = [
    `Return-Path: <${letter.returnPath}>`,
    `From: ${letter.from}`,
    `To: ${letter.to}`,
    `Subject: ${letter.subject}`,
    `Message-ID: ${letter.messageId}`,
    `Date: ${date(letter.date)}`,
    '',
  ];
  if (wishes.plain) {
    return lines(
      head,
      'Content-Type: text/plain; charset=utf-8',
      '',
      own,
      '--- Below this line is a copy of the message.',
      '',
      returned,
    );
  }
  const boundary = `=_report_${wishes.at.getTime().toString(36)}`;
  return lines(
    head,
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    [`--${boundary}`, 'Content-Type: text/plain; charset=utf-8', '', ...own],
    [`--${boundary}`, 'Content-Type: message/delivery-status', '', `Reporting-MTA: dns; ${host}`, ''],
    [`Final-Recipient: rfc822; ${letter.to}`, 'Action: failed', `Status: ${said.status}`],
    [`Diagnostic-Code: smtp; ${words}`, ''],
    [`--${boundary}`, 'Content-Type: text/rfc822-headers', '', ...returned],
    `--${boundary}--`,
    '',
  );
}

/** A letter that is late: its server keeps trying. */
export function delayMail(letter: AnsweredLetter, at: Date): Buffer {
  const host = `mx.${hostOf(letter.to)}`;
  return lines(
    ['Return-Path: <>', `From: Mail Delivery Subsystem <MAILER-DAEMON@${host}>`, `To: ${letter.returnPath}`],
    ['Subject: Warning: could not send message for past 4 hours', `Date: ${date(at)}`, 'Auto-Submitted: auto-replied'],
    [`Message-ID: <delay.${at.getTime().toString(36)}.${letter.messageId.slice(10, 30)}@${host}>`, 'MIME-Version: 1.0'],
    [
      'Content-Type: multipart/report; report-type=delivery-status; boundary="d"',
      '',
      '--d',
      'Content-Type: text/plain',
      '',
    ],
    ['This is a warning message only. You do not need to resend your message.', '', '--d'],
    ['Content-Type: message/delivery-status', '', `Reporting-MTA: dns; ${host}`, ''],
    [`Final-Recipient: rfc822; ${letter.to}`, 'Action: delayed', 'Status: 4.4.1', '', '--d--', ''],
  );
}

export interface PersonWishes {
  from: { name: string; address: string };
  at: Date;
  text: string;
  subject?: string;
  /** Sent by a machine for an absent person. */
  automatic?: boolean;
  html?: boolean;
  /** The whole letter below the answer. */
  quote?: boolean;
  /** Nothing shows which letter it answers. */
  loose?: boolean;
  attachments?: readonly { name: string; type: string; content: Buffer }[];
}

/** A mail that a person, or the machine of an absent one, wrote in answer to a letter. */
export function personMail(letter: AnsweredLetter, wishes: PersonWishes): Buffer {
  const { from, at, attachments = [] } = wishes;
  const id = `<${at.getTime().toString(36)}.${from.address.replace(/[^a-z0-9]/gi, '').slice(0, 20)}@${hostOf(from.address)}>`;
  const subject = wishes.subject ?? `Re: ${letter.subject}`;
  const quoted = wishes.quote
    ? `\n\nOn ${letter.date.toISOString().slice(0, 10)}, ${letter.from} wrote:\n${(letter.text ?? letter.subject)
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n')}`
    : '';
  const text = `${wishes.text}${quoted}`;
  const head = [
    `Return-Path: <${wishes.automatic ? '' : from.address}>`,
    `Received: from mail.${hostOf(from.address)} by mail.maker.example; ${date(at)}`,
    `From: =?utf-8?B?${Buffer.from(from.name).toString('base64')}?= <${from.address}>`,
    `To: ${wishes.automatic ? letter.returnPath : letter.from}`,
    `Subject: =?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    `Date: ${date(at)}`,
    `Message-ID: ${id}`,
    ...(wishes.loose ? [] : [`In-Reply-To: ${letter.messageId}`, `References: ${letter.messageId}`]),
    ...(wishes.automatic ? ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'] : []),
    'MIME-Version: 1.0',
  ];
  const plain = [
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    wrapped(Buffer.from(text)),
  ];
  const html = `<html><body>${text
    .split('\n')
    .map((line) => `<p>${line.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`)
    .join('')}</body></html>`;
  const body = wishes.html
    ? [
        'Content-Type: multipart/alternative; boundary="alt"',
        '',
        ...[
          '--alt',
          ...plain,
          '--alt',
          'Content-Type: text/html; charset=utf-8',
          'Content-Transfer-Encoding: base64',
          '',
        ],
        wrapped(Buffer.from(html)),
        '--alt--',
        '',
      ]
    : plain;
  if (attachments.length === 0) return lines(head, body);
  return lines(
    head,
    ['Content-Type: multipart/mixed; boundary="mix"', '', '--mix', ...body],
    attachments.flatMap((part) => [
      '--mix',
      `Content-Type: ${part.type}; name="${part.name}"`,
      `Content-Disposition: attachment; filename="${part.name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      wrapped(part.content),
    ]),
    ['--mix--', ''],
  );
}

function wrapped(bytes: Buffer): string {
  return (bytes.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n');
}

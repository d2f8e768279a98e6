/** Laboratories that saw something strange, and how support and the laboratory find out what it was. */
import { sql } from 'kysely';
import { addExaminationStep } from '../src/app/examination-guides.ts';
import { examineIncident, noteIncident, ownIncident } from '../src/app/incident-entries.ts';
import { keepEvidence } from '../src/app/incident-evidence.ts';
import { workIncidents } from '../src/app/incident-work.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import type { Finding } from '../src/domain/examination.ts';
import type { FormContext } from '../src/domain/form.ts';
import { type Cast, done } from './action.ts';
import type { PlayClock } from './clock.ts';
import { asContact, type Player } from './people.ts';

const MS_PER_DAY = 86_400_000;

/** The step this action asks besides the standard ones. */
const OWN_STEP = {
  evidence: true,
  texts: {
    en: {
      title: 'The users of Local Run Manager',
      text: 'Open the list of users in Local Run Manager and compare it with the people who work here.',
    },
    de: {
      title: 'Die Benutzer des Local Run Manager',
      text: 'Öffnen Sie die Benutzerliste im Local Run Manager und vergleichen Sie sie mit den Menschen, die hier arbeiten.',
    },
    it: {
      title: 'Gli utenti di Local Run Manager',
      text: 'Aprite l’elenco degli utenti in Local Run Manager e confrontatelo con le persone che lavorano qui.',
    },
  },
};

/** A laboratory that saw something strange on its instrument, and has unplugged it. */
export async function reportStrange(cast: Cast, actionId: number, player: Player, form: FormContext): Promise<void> {
  const ctx = asContact(cast, player);
  done(
    await reportCompromise(
      ctx,
      { actionId, partyId: player.partyId, contactId: player.contactId, replyId: null },
      {
        unitIds: form.units.slice(0, 1).map((unit) => unit.id),
        unplugged: 'yes',
        noticed: 'this morning',
        summary:
          'An unknown account was signed in on the instrument this morning. We have unplugged the network cable.',
        name: player.contact,
        phone: '+00 000 0000',
        otherUnit: '',
      },
    ),
    'report a suspected compromise',
  );
}

/** What is found at each step: in the first laboratory nothing, in the second something that needs an expert. */
const FOUND: readonly Readonly<Record<string, [Finding, string]>>[] = [
  {
    screen: ['nothing', ''],
    accounts: ['found', 'The account “service-old” is signed in. Nobody here knows it.'],
    programs: ['nothing', ''],
    settings: ['nothing', ''],
    results: ['nothing', 'The last twenty runs are ours.'],
    logs: ['unsure', 'We send the log; we cannot read it.'],
    network: ['nothing', 'The cable is out since 08:10.'],
    'x-1': ['nothing', ''],
  },
  {
    screen: ['found', 'A window with a command line was open.'],
    accounts: ['found', 'A second administrator, made last night.'],
    programs: ['unsure', ''],
    settings: ['not-done', ''],
    logs: ['found', 'Many sign-ins between 02:00 and 03:00.'],
  },
];

const LOG = `2022-05-05 02:13:07 sign-in account=service-old from=198.51.100.23 result=ok
2022-05-05 02:13:41 upload name=readme.txt size=512
2022-05-05 02:19:02 sign-out account=service-old
`;

/** One day of the examinations: taken on, called back, examined with the laboratory; the first one is settled in the end. */
export async function playIncidents(
  cast: Cast,
  actionId: number,
  day: number,
  players: ReadonlyMap<number, Player>,
  clock: PlayClock,
): Promise<void> {
  const { quality, support } = cast;
  if (day === 0) done(await addExaminationStep(quality, actionId, OWN_STEP), 'ask one more step');
  const { rows } = await sql<{ id: number; partyId: number; awareAt: Date; taskId: number | null }>`
    select id, party_id as "partyId", aware_at as "awareAt",
        (select t.id from task t where t.kind = 'suspected-compromise' and t.key = 'incident:' || incident.id) as "taskId"
      from incident
     where action_id = ${actionId} and kind = 'suspected-compromise' and unit_id is not null order by id`.execute(
    support.db,
  );
  for (const [index, incident] of rows.entries()) {
    const age = Math.floor((support.now().getTime() - incident.awareAt.getTime()) / MS_PER_DAY);
    const player = players.get(incident.partyId);
    const findings = FOUND[index];
    if (!player || !findings) continue;
    clock.pass(7);
    if (age === 0) {
      done(await ownIncident(support, incident.id, {}), 'take an incident');
      const words = 'Called back at once. The cable is out, the instrument stays on, nobody works at it.';
      done(await noteIncident(support, incident.id, { kind: 'call', words, shown: true }), 'note a call');
    } else if (age === 1) {
      await examine(cast, incident.id, player, findings);
    } else if (age === 2) {
      const reason = 'The answers of the laboratory are in; the log is read by the security team.';
      done(await workIncidents(support, { incidentIds: [incident.id], state: 'examining', reason }), 'examine');
    } else if (age === 6 && index === 0) {
      const reason = 'The account was that of our own service engineer, who had read the patch level. No break-in.';
      const taskId = incident.taskId ?? undefined;
      done(
        await workIncidents(support, { incidentIds: [incident.id], state: 'cleared', reason, taskId }),
        'clear an incident',
      );
    }
  }
}

async function examine(
  cast: Cast,
  incidentId: number,
  player: Player,
  findings: Readonly<Record<string, [Finding, string]>>,
): Promise<void> {
  const ctx = asContact(cast, player);
  const answers = Object.entries(findings).map(([step, [finding, words]]) => ({ step, finding, words }));
  done(await examineIncident(ctx, incidentId, { language: player.language, answers }), 'examine an instrument');
  const bytes = (async function* () {
    yield Buffer.from(LOG);
  })();
  done(await keepEvidence(ctx, incidentId, { name: 'events.log', bytes, step: 'logs' }), 'send a log');
}

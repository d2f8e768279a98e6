import type { VNode } from 'preact';
import { loadAnswerTrail, loadContactChanges } from '../../../app/queries/answer-trail.ts';
import { loadAttempts } from '../../../app/queries/attempts.ts';
import { loadParty, loadPartyHistory, type PartyPage } from '../../../app/queries/party.ts';
import { loadTroubles } from '../../../app/reach-troubles.ts';
import { phoneDigits } from '../../../domain/call.ts';
import { explainDeadline } from '../../../domain/deadline.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { countryName, languageName } from '../../translate.ts';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, EmptyState, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day, Timeline } from '../../ui/time.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { AttemptsCard } from '../calls/attempts-card.tsx';
import { PaperFormCard } from '../delivery/paper-form.tsx';
import { timelineOf } from '../history/entries.tsx';
import { loadPartyDownloads } from '../packages/downloads.tsx';
import { shellOf } from '../shell.ts';
import { mandatesCard } from '../spreadsheets/cards.tsx';
import { taskTitle } from '../words.ts';
import { AnswerTrailCard, ContactTrailCard } from './answer-trail.tsx';
import { AttemptForm } from './attempt-form.tsx';
import { partyKindWords } from './list.tsx';

const HISTORY_PAGE = 100;

/** GET /parties/:id: everything about one party, its history last. `?before=` pages the history. */
export async function showParty(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const page = id === undefined ? undefined : await loadParty(ctx.db, id);
  if (!page || id === undefined)
    return answerRefusal(c, refuse('party.unknown', { id: c.req.param('id') ?? '' }), '/parties');
  const before = new Date(c.req.query('before') ?? '9999-01-01');
  const history = await loadPartyHistory(
    ctx.db,
    id,
    Number.isNaN(before.getTime()) ? new Date('9999-01-01') : before,
    HISTORY_PAGE,
  );
  const last = history.at(-1);
  const older =
    history.length === HISTORY_PAGE && last
      ? `/parties/${id}?before=${encodeURIComponent(last.at.toISOString())}#history`
      : undefined;
  const { party } = page;
  const downloads = await loadPartyDownloads(c, party.id);
  const mandates = await mandatesCard(c, party.id);
  const answers = await loadAnswerTrail(ctx.db, { partyId: id });
  const changes = await loadContactChanges(ctx.db, id);
  const troubles = await loadTroubles(ctx.db, id);
  const wrong = new Set(troubles.filter((one) => one.kind === 'phone').map((one) => one.value));
  const attempts = await loadAttempts(ctx.db, { partyId: id, limit: 20 });
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={party.name}
      lede={`${partyKindWords[party.kind] ?? party.kind} in ${party.city ? `${party.city}, ` : ''}${countryName(party.country, 'en')}`}
      crumbs={[{ href: '/parties', label: 'Parties' }]}
      state={party.status === 'active' ? undefined : <StateBadge kind="party" state={party.status} />}
      next={nextSteps(page)}
      styles={['calls.css']}
      actions={
        <LinkButton href={`/units?party=${party.id}`} tone="secondary" icon="list">
          {unitCount(page.units.total)}
        </LinkButton>
      }
    >
      <Columns weight="main-side">
        <div>
          <Obligations page={page} />
          <Contacts page={page} wrong={wrong} />
          {downloads}
          <AnswerTrailCard lines={answers} partyId={party.id} />
          <ContactTrailCard changes={changes} />
          <AttemptsCard attempts={attempts} actionId={page.obligations[0]?.action_id} partyId={party.id} />
          <Card title="History" id="history">
            <Timeline entries={timelineOf(history)} empty="Nothing has happened with this party yet." />
            {older ? (
              <p>
                <a href={older}>Older</a>
              </p>
            ) : null}
          </Card>
        </div>
        <div>
          <Card title="About">
            <KeyValue
              rows={[
                { label: 'Number', value: <Identifier>{party.ref}</Identifier> },
                {
                  label: 'Address',
                  value: [party.street, `${party.postcode} ${party.city}`.trim(), party.region]
                    .filter(Boolean)
                    .join(', '),
                },
                { label: 'Telephone', value: party.phone },
                { label: 'E-mail', value: party.email },
                party.account_no !== '' && { label: 'Account', value: party.account_no },
                party.srn !== '' && { label: 'SRN', value: party.srn },
                party.distributor_id !== null && {
                  label: 'Served through',
                  value: party.distributor ?? '',
                  href: `/parties/${party.distributor_id}`,
                },
              ]}
            />
          </Card>
          {page.obligations.map((row) => (
            <PaperFormCard
              key={row.action_id}
              title={`${row.reference}: form on paper`}
              actionId={row.action_id}
              contacts={page.contacts.filter((contact) => contact.status === 'active')}
              language={page.contacts.find((contact) => contact.status === 'active')?.languages[0]}
            />
          ))}
          {page.served.length > 0 ? (
            <Card title="Serves" action={<a href={`/parties?distributor=${party.id}`}>All</a>}>
              <ul class="ff-plain-list">
                {page.served.map((other) => (
                  <li key={other.id}>
                    <a href={`/parties/${other.id}`}>{other.name}</a>, {other.country}
                  </li>
                ))}
              </ul>
            </Card>
          ) : null}
          {mandates}
          <Sites page={page} />
          <AttemptForm
            place={{
              partyId: party.id,
              contactId: null,
              actionId: page.obligations[0]?.action_id ?? null,
              taskId: null,
              back: `/parties/${party.id}`,
            }}
          />
        </div>
      </Columns>
    </DeskPage>,
  );
}

function nextSteps(page: PartyPage): NextStep[] {
  const steps: NextStep[] = page.incidents
    .filter((incident) => incident.state === 'open' || incident.state === 'examining')
    .map((incident) => ({
      text: `${incident.kind.replace('-', ' ')}: ${incident.summary}`,
      href: `/incidents/${incident.id}`,
      label: 'Examine',
      tone: 'late' as const,
    }));
  for (const task of page.tasks) {
    if (task.state === 'open')
      steps.push({
        text: taskTitle(task.kind),
        href: `/tasks/${task.id}`,
        label: task.owner ? `Open (${task.owner})` : 'Open',
        tone: 'attention',
      });
  }
  return steps.slice(0, 6);
}

function Obligations({ page }: { page: PartyPage }): VNode {
  if (page.obligations.length === 0) {
    return (
      <EmptyState title="No action concerns this party">
        It has no unit that an action affects, and serves nobody who has one.
      </EmptyState>
    );
  }
  return (
    <>
      {page.obligations.map((row) => (
        <Card
          key={row.action_id}
          title={row.reference}
          action={<a href={`/actions/${row.action_id}/corrections?party=${page.party.id}`}>Its corrections</a>}
        >
          <KeyValue
            rows={[
              { label: 'State', value: <StateBadge kind="obligation" state={row.state} /> },
              { label: 'Told by', value: audienceWords[row.audience] ?? row.audience },
              {
                label: 'Corrections not yet fixed',
                value: `${formatCount(row.owed)} of ${formatCount(row.total)}`,
                href: `/actions/${row.action_id}/corrections?party=${page.party.id}&state=owed`,
              },
              {
                label: 'Letter left',
                value: row.notified_at ? <Day value={row.notified_at.slice(0, 10)} /> : 'not yet',
              },
              { label: 'Receipt', value: row.received_at ? <Day value={row.received_at.slice(0, 10)} /> : 'not yet' },
              { label: 'Reminders', value: row.reminders },
            ]}
          />
          {row.deadlines.map((deadline) => (
            <p key={deadline.rule}>
              <StateBadge kind="deadline" state={deadline.state} /> {explainDeadline(deadline.explanation)}
            </p>
          ))}
          <p>
            <a href={`/parties/${page.party.id}/call?action=${row.action_id}`}>
              Call them, or record an answer given by telephone
            </a>
            {' · '}
            <a href={`/parties/${page.party.id}/kit`}>Ask for a kit</a>
            {' · '}
            <a href={`/kits?party=${page.party.id}`}>Their kits</a>
          </p>
        </Card>
      ))}
    </>
  );
}

/** @param wrong numbers that proved wrong, by their digits */
function Contacts({ page, wrong }: { page: PartyPage; wrong: ReadonlySet<string> }): VNode {
  return (
    <Card title="Contacts" action={<a href={`/parties/${page.party.id}/contacts/new`}>Add a contact</a>} flush>
      <DataTable
        caption="Contacts"
        columns={[
          { key: 'name', title: 'Name', cell: (row) => row.name, rowHeader: true },
          { key: 'role', title: 'Role', cell: (row) => [row.title, row.role].filter(Boolean).join(', ') },
          { key: 'email', title: 'E-mail', cell: (row) => row.email || '–' },
          {
            key: 'phone',
            title: 'Telephone',
            cell: (row) => (wrong.has(phoneDigits(row.phone)) ? `${row.phone}, proved wrong` : row.phone || '–'),
          },
          {
            key: 'languages',
            title: 'Reads',
            cell: (row) => row.languages.map((code) => languageName(code, 'en')).join(', ') || "the country's",
          },
          { key: 'status', title: 'State', cell: (row) => <StateBadge kind="contact" state={row.status} /> },
        ]}
        rows={page.contacts}
        rowKey={(row) => row.id}
        rowHref={(row) => `/contacts/${row.id}`}
        empty={{ title: 'No contact', text: 'Nobody can be written to. Add a contact, or telephone the party.' }}
      />
    </Card>
  );
}

function Sites({ page }: { page: PartyPage }): VNode {
  return (
    <Card title="Sites">
      <ul class="ff-plain-list">
        {page.sites.map((site) => (
          <li key={site.id}>
            {site.name}, {[site.city, site.country].filter(Boolean).join(', ')}: {unitCount(site.units)}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function unitCount(count: number): string {
  return count === 1 ? '1 unit' : `${formatCount(count)} units`;
}

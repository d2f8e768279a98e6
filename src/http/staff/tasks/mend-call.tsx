import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { loadCallSheet } from '../../../app/queries/task-mends.ts';
import { allows } from '../../../domain/permission.ts';
import { languageName } from '../../translate.ts';
import { Form, HiddenInput, LinkButton, RadioGroup, SubmitButton, TextArea } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import type { FormState } from '../../ui/form.ts';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import type { Task } from './tasks.tsx';

/** A number that a telephone understands, or nothing to press. */
export function TelephoneLink({ number }: { number: string }): VNode {
  const digits = number.replace(/[^+\d]/g, '');
  return digits.length < 3 ? <span>{number || '–'}</span> : <a href={`tel:${digits}`}>{number}</a>;
}

/** The call sheet of a party that does not answer: whom to call, in which language, about what. */
export async function callMend(ctx: Context, task: Task): Promise<VNode | null> {
  if (task.party_id === null) return null;
  const { contacts, owed } = await loadCallSheet(ctx.db, task.party_id, task.action_id);
  return (
    <Card title="Call sheet">
      {owed ? (
        <p>
          <StateBadge kind="obligation" state={owed.state} /> {formatCount(owed.corrections_open)} of{' '}
          {formatCount(owed.corrections_total)} corrections not yet fixed, {owed.reminders_sent} reminders sent.
        </p>
      ) : null}
      <DataTable
        caption="Whom to call"
        columns={[
          { key: 'name', title: 'Name', cell: (row) => row.name, rowHeader: true },
          { key: 'role', title: 'Role', cell: (row) => row.role },
          { key: 'phone', title: 'Telephone', cell: (row) => <TelephoneLink number={row.phone} />, nowrap: true },
          {
            key: 'languages',
            title: 'Speaks',
            cell: (row) => row.languages.map((code) => languageName(code, 'en')).join(', ') || 'the country’s',
          },
        ]}
        rows={contacts}
        rowKey={(row) => row.id}
        empty={{ title: 'No contact', text: 'Try the switchboard of the party, or its website.' }}
      />
      {task.party_phone ? (
        <p>
          Switchboard: <TelephoneLink number={task.party_phone} />
        </p>
      ) : null}
      {allows(ctx.actor, 'reply.record') ? (
        <p>
          <LinkButton
            href={`/parties/${task.party_id}/call?task=${task.id}${task.action_id ? `&action=${task.action_id}` : ''}${task.contact_id ? `&contact=${task.contact_id}` : ''}`}
            icon="phone"
            tone="primary"
          >
            Open the script and record the answer
          </LinkButton>
        </p>
      ) : null}
      <p>Nobody there? Write the attempt down below: it proves that they were asked.</p>
    </Card>
  );
}

/** A suspected break-in: what to say first, how the examination stands, and its end. */
export async function incidentMend(ctx: Context, task: Task, form: FormState): Promise<VNode | null> {
  const ids = Array.isArray(task.detail.incidentIds)
    ? task.detail.incidentIds.filter((id): id is number => Number.isInteger(id))
    : [];
  const incidents =
    ids.length === 0
      ? []
      : await ctx.db
          .selectFrom('incident as i')
          .leftJoin('unit as u', 'u.id', 'i.unit_id')
          .select([
            'i.id',
            'i.state',
            'i.summary',
            'i.aware_at',
            'i.owner_name',
            'i.unit_id',
            'u.serial',
            'u.isolated_at',
          ])
          .where('i.id', 'in', ids)
          .orderBy('i.id')
          .execute();
  const phone = typeof task.detail.phone === 'string' ? task.detail.phone : (task.phone ?? task.party_phone ?? '');
  const plugged = task.detail.unplugged === 'no';
  return (
    <>
      <Card title="Call them now">
        <p class="ff-call-number">
          <TelephoneLink number={phone} /> {typeof task.detail.name === 'string' ? task.detail.name : ''}
        </p>
        {plugged ? (
          <Alert tone="danger" title="It may still be on the network">
            <p>The first words: “Please unplug the network cable of the instrument now. I will wait.”</p>
          </Alert>
        ) : (
          <Alert tone="note" title="They say that the network cable is out">
            <p>
              The first words: “Please leave the network cable out until we call you back, and do not switch the
              instrument off.”
            </p>
          </Alert>
        )}
        <ol>
          <li>What did you notice, and when?</li>
          <li>Which instruments and computers stand on the same network?</li>
          <li>Was a result released that you doubt? Keep it back.</li>
          <li>Please keep the log files; change nothing else.</li>
        </ol>
        {incidents[0] ? <blockquote class="ff-signature">{incidents[0].summary}</blockquote> : null}
      </Card>
      <Card title="The examination">
        {incidents.map((incident) => (
          <KeyValue
            key={incident.id}
            rows={[
              {
                label: 'Incident',
                value: <StateBadge kind="incident" state={incident.state} />,
                href: `/incidents/${incident.id}`,
              },
              {
                label: 'Unit',
                value: incident.serial ? (
                  <Identifier>{incident.serial}</Identifier>
                ) : (
                  String(task.detail.otherUnit ?? 'not on the list')
                ),
                ...(incident.unit_id ? { href: `/units/${incident.unit_id}` } : {}),
              },
              {
                label: 'Off the network',
                value: incident.isolated_at ? <Moment at={incident.isolated_at} /> : 'not that we know',
              },
              { label: 'We know since', value: <Moment at={incident.aware_at} /> },
              { label: 'Examined by', value: incident.owner_name || 'nobody yet' },
            ]}
          />
        ))}
        {allows(ctx.actor, 'incident.work') && incidents.length > 0 ? (
          <Form action={`/tasks/${task.id}/incident`}>
            <RadioGroup
              form={form}
              name="incidentState"
              label="What is known by now?"
              required
              options={[
                { value: 'examining', label: 'Somebody examines it', hint: 'This task stays open.' },
                {
                  value: 'cleared',
                  label: 'Cleared: there was no break-in',
                  hint: 'The unit may go back to the network; the task is done.',
                },
                {
                  value: 'confirmed',
                  label: 'Confirmed: there was a break-in',
                  hint: 'The unit stays isolated; the task is done. Reports to authorities have clocks.',
                },
              ]}
            />
            {incidents.map((incident) => (
              <HiddenInput key={incident.id} name="incidentId" value={incident.id} />
            ))}
            <TextArea form={form} name="finding" label="What was found, and how" rows={3} required />
            <SubmitButton tone="primary">Record it</SubmitButton>
          </Form>
        ) : null}
      </Card>
    </>
  );
}

import type { VNode } from 'preact';
import { type CorrectionLadder, loadLadders } from '../../../app/queries/evidence-ladder.ts';
import { loadUnit, loadUnitHistory, type UnitPage } from '../../../app/queries/unit.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, EmptyState, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { Day, Moment, Timeline } from '../../ui/time.tsx';
import { EvidenceLadder } from '../corrections/ladder.tsx';
import { timelineOf } from '../history/entries.tsx';
import { shellOf } from '../shell.ts';
import { plain } from '../words.ts';
import { softwareWords } from './list.tsx';

/** GET /units/:id: each correction with all its evidence, and the unit's whole history. */
export async function showUnit(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id');
  const page = id === undefined ? undefined : await loadUnit(ctx.db, id);
  if (!page || id === undefined)
    return answerRefusal(c, refuse('unit.unknown', { id: c.req.param('id') ?? '' }), '/units');
  const history = await loadUnitHistory(ctx.db, id);
  const ladders = await loadLadders(
    ctx.db,
    page.corrections.map((one) => one.id),
  );
  const { unit } = page;
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={unit.serial}
      lede={
        <>
          {unit.product} at <a href={`/parties/${unit.party_id}`}>{unit.party}</a>, {countryName(unit.country, 'en')}
        </>
      }
      crumbs={[{ href: '/units', label: 'Units' }]}
      styles={['ladder.css']}
      state={
        unit.isolated_at ? (
          <Badge tone="amber" icon="plug-connected-x">
            isolated
          </Badge>
        ) : (
          <StateBadge kind="unit" state={unit.status} />
        )
      }
    >
      <Columns weight="main-side">
        <div>
          {page.corrections.length === 0 ? (
            <EmptyState title="No action affects this unit">
              It is in the field and no correction was ever asked of it.
            </EmptyState>
          ) : (
            page.corrections.map((correction) => (
              <Correction
                key={correction.id}
                correction={correction}
                ladder={ladders.find((one) => one.correctionId === correction.id)}
              />
            ))
          )}
          <Card title="History">
            <Timeline entries={timelineOf(history)} empty="Nothing was recorded for this unit yet." />
          </Card>
        </div>
        <Card title="About">
          <KeyValue
            rows={[
              { label: 'Serial number', value: <Identifier>{unit.serial}</Identifier> },
              { label: 'Product', value: unit.product, href: `/products/${unit.product_id}` },
              ...page.identifiers.map((row) => ({
                label: row.scheme === 'udi-di' ? 'UDI-DI' : 'Catalogue number',
                value: <Identifier>{row.printed}</Identifier>,
              })),
              { label: 'Site', value: unit.site },
              { label: 'Shipped on', value: <Day value={unit.shipped_on} /> },
              {
                label: 'Connected to the Internet',
                value: unit.connected === null ? 'not known' : unit.connected ? 'yes' : 'no',
              },
              { label: 'Software', value: softwareWords(unit.software) },
              unit.import_id !== null && {
                label: 'From',
                value: `import ${unit.import_id}, row ${unit.import_row}`,
                href: `/imports/${unit.import_id}`,
              },
            ]}
          />
        </Card>
      </Columns>
    </DeskPage>,
  );
}

type CorrectionProps = { correction: UnitPage['corrections'][number]; ladder: CorrectionLadder | undefined };

function Correction({ correction, ladder }: CorrectionProps): VNode {
  return (
    <Card
      title={`${correction.environment}: ${correction.remedy}`}
      action={<a href={`/corrections/${correction.id}`}>Verify or set right</a>}
    >
      <p>
        <StateBadge kind="correction" state={correction.state} /> since <Moment at={new Date(correction.since)} />,
        action <a href={`/actions/${correction.action_id}`}>{correction.reference}</a>
      </p>
      {correction.contradicted ? (
        <Alert tone="attention" title="Answers contradict each other">
          The state rests on the evidence marked below. Set it right once you know.
        </Alert>
      ) : null}
      {ladder ? <EvidenceLadder ladder={ladder} label={`Evidence for ${correction.environment}`} most={1} /> : null}
      {correction.evidence.length === 0 ? (
        <p>Nobody has said anything about this one yet.</p>
      ) : (
        <ul class="ff-plain-list">
          {correction.evidence.map((evidence) => (
            <li key={evidence.id}>
              {evidence.id === correction.because_id ? <strong>Rests on: </strong> : null}
              <Moment at={new Date(evidence.at)} /> {evidence.by}: {plain(evidence.claim)}
              {evidence.done_on ? (
                <>
                  {' '}
                  on <Day value={evidence.done_on} />
                </>
              ) : null}
              {evidence.backed_up === null ? '' : evidence.backed_up ? ', data backed up' : ', data not backed up'}
              {evidence.reason ? `, ${plain(evidence.reason)}` : ''} ({evidence.kind}, {evidence.door}
              {evidence.reply_id ? (
                <>
                  , <a href={`/replies/${evidence.reply_id}`}>reply {evidence.reply_id}</a>
                </>
              ) : null}
              ){evidence.corrects_id ? `, sets right ${evidence.corrects_id}` : ''}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

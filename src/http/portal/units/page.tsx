/** The party's own units: each environment a row with its state. */
import type { VNode } from 'preact';
import type { PortalCorrection, PortalUnit } from '../../../app/queries/portal.ts';
import { owedStates } from '../../../domain/correction.ts';
import { LinkButton } from '../../ui/field.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Identifier } from '../../ui/parts.tsx';
import { PortalPage } from '../../ui/portal-layout.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Day } from '../../ui/time.tsx';
import { useWords } from '../../ui/words.ts';
import { portalPage } from '../gate.tsx';

/** GET /p/:token/units */
export const showUnits = portalPage({ units: true }, ({ c, t, shell, data, base }) => {
  const groups = byProduct(data.units);
  const fixes = permanentLines(data.units);
  return html(
    c,
    <PortalPage
      shell={shell}
      title={t('portal.units.title')}
      lede={t('portal.units.lede', { count: data.units.length, party: data.party.name })}
      back={{ href: base }}
    >
      {data.units.length === 0 ? (
        <Alert tone="note">
          <p>{t('portal.units.none')}</p>
        </Alert>
      ) : (
        <p>
          <LinkButton href={`${base}/form/corrections`} tone="primary" icon="checklist">
            {t('portal.units.report')}
          </LinkButton>
        </p>
      )}
      {fixes.owed > 0 ? (
        <Alert tone="note">
          <p>{t('portal.fix.note', { count: fixes.owed })}</p>
        </Alert>
      ) : null}
      {groups.map(([product, units]) => (
        <section key={product} aria-label={product}>
          <h2>{product}</h2>
          {units.map((unit) => (
            <UnitCard key={unit.id} unit={unit} />
          ))}
        </section>
      ))}
      <p>
        {t('portal.units.missing')} <a href={`${base}/form/others`}>{t('portal.units.tell')}</a>
      </p>
    </PortalPage>,
  );
});

/** Units under the name of their product, in the order they come. */
export function byProduct<Unit extends { product: string }>(units: readonly Unit[]): [string, Unit[]][] {
  const groups = new Map<string, Unit[]>();
  for (const unit of units) {
    const group = groups.get(unit.product);
    if (group) group.push(unit);
    else groups.set(unit.product, [unit]);
  }
  return [...groups];
}

function UnitCard({ unit }: { unit: PortalUnit }): VNode {
  const { t } = useWords();
  return (
    <article class="ff-unit" id={`unit-${unit.id}`}>
      <h3>
        {t(`portal.unit.kind.${unit.kind}`)} <Identifier>{unit.serial}</Identifier>
      </h3>
      <p class="ff-hint">{unit.city && unit.city !== unit.site ? `${unit.site}, ${unit.city}` : unit.site}</p>
      <ul class="ff-unit-states">
        {unit.corrections.map((one) => (
          <CorrectionRow key={one.id} one={one} fix={fixOf(unit, one)} />
        ))}
      </ul>
    </article>
  );
}

/** What a correction is to another one of the unit; undefined where there is no other. */
function fixOf(unit: PortalUnit, one: PortalCorrection): 'interim' | 'permanent' | undefined {
  const [related] = one.related ?? [];
  if (one.supersededBy !== null || related?.is === 'permanent') return 'interim';
  if (related?.is === 'interim' || unit.corrections.some((other) => other.supersededBy === one.id)) return 'permanent';
  return undefined;
}

function CorrectionRow({ one, fix }: { one: PortalCorrection; fix: 'interim' | 'permanent' | undefined }): VNode {
  const { t } = useWords();
  return (
    <>
      <li>
        <span>
          {one.environmentName}: {one.remedy}
          {fix ? (
            <>
              <br />
              <span class="ff-hint">{t(one.covered ? 'portal.fix.covered' : `portal.fix.${fix}`)}</span>
            </>
          ) : null}
        </span>
        <StateBadge kind="correction" state={one.state}>
          {one.doneOn ? <Day value={one.doneOn} /> : null}
        </StateBadge>
      </li>
      {(one.related ?? []).map((other) => (
        <li key={other.reference}>
          <span>
            {one.environmentName}: {other.remedy}
            <br />
            <span class="ff-hint">
              {t(`portal.fix.${other.is}`)}, <Identifier>{other.reference}</Identifier>
            </span>
          </span>
          <StateBadge kind="correction" state={other.state}>
            {other.doneOn ? <Day value={other.doneOn} /> : null}
          </StateBadge>
        </li>
      ))}
    </>
  );
}

/** Lines that still need the permanent fix, among all lines there are with one. */
function permanentLines(units: readonly PortalUnit[]): { owed: number; all: number } {
  const states = units.flatMap((unit) =>
    unit.corrections.flatMap((one) => [
      ...(fixOf(unit, one) === 'permanent' ? [one.state] : []),
      ...(one.related ?? []).filter((other) => other.is === 'permanent').map((other) => other.state),
    ]),
  );
  return { owed: states.filter((state) => owedStates.includes(state)).length, all: states.length };
}

import type { PortalUnit } from '../../app/queries/portal.ts';
import type { Translate } from '../translate.ts';

/** A unit in one line, e.g. *NextSeq 550Dx, serial number NB550001, Hauptlabor*. */
export function unitLabel(
  unit: Pick<PortalUnit, 'kind' | 'product' | 'serial' | 'quantity' | 'site'>,
  t: Translate,
): string {
  return t(`portal.unit.${unit.kind}`, {
    product: unit.product,
    serial: unit.serial,
    quantity: unit.quantity,
    site: unit.site,
  });
}

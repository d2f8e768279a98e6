import type { Route } from '../routes.ts';
import { sendContact, showContact } from './contact/page.tsx';
import { sendIncidentReport, showIncident, showIncidentReport, showIncidentThanks } from './incident/page.tsx';
import { openLanding, showLanding } from './landing/page.tsx';
import { showUnits } from './units/page.tsx';

/** Every page behind a personal link. */
export const portalRoutes: readonly Route[] = [
  ['GET', '/p/:token', 'link', showLanding],
  ['POST', '/p/:token/open', 'link', openLanding],
  ['GET', '/p/:token/units', 'link', showUnits],
  ['GET', '/p/:token/contact', 'link', showContact],
  ['POST', '/p/:token/contact', 'link', sendContact],
  ['GET', '/p/:token/incident', 'link', showIncident],
  ['GET', '/p/:token/incident/report', 'link', showIncidentReport],
  ['POST', '/p/:token/incident/report', 'link', sendIncidentReport],
  ['GET', '/p/:token/incident/thanks', 'link', showIncidentThanks],
];

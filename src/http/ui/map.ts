/** Outlines of the countries as SVG paths, from the public world atlas, in the Natural Earth projection. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Feature, FeatureCollection, Geometry, Position } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { lettersOf } from './country-codes.ts';

/** Size of the drawing in SVG units. Antarctica is left out; the east has room for what lies beyond 180°. */
export const mapSize = { width: 975, height: 448 } as const;
const worldWidth = 960;

export type CountryShape = {
  /** ISO 3166-1 alpha-2; undefined for land without a code of its own. */
  code: string | undefined;
  /** SVG path data. */
  path: string;
};

export type WorldMap = {
  shapes: readonly CountryShape[];
  /** Middle of each country that is too small to be drawn at this size. */
  dots: ReadonlyMap<string, { x: number; y: number }>;
};

type Atlas = Topology<{ countries: GeometryCollection<{ name: string }> }>;
type Country = Feature<Geometry, { name: string }>;

const require = createRequire(import.meta.url);
let world: WorldMap | undefined;

/** The map, drawn once and kept: it is the same for everybody. About 40 ms the first time. */
export function worldMap(): WorldMap {
  world ??= drawWorld();
  return world;
}

function drawWorld(): WorldMap {
  const shapes: CountryShape[] = [];
  for (const country of countriesOf('world-atlas/countries-110m.json')) {
    const code = codeOf(country);
    if (code !== 'AQ') shapes.push({ code, path: pathOf(country.geometry) });
  }
  const drawn = new Set(shapes.map((shape) => shape.code));
  const dots = new Map<string, { x: number; y: number }>();
  for (const country of countriesOf('world-atlas/countries-50m.json')) {
    const code = codeOf(country);
    if (code && code !== 'AQ' && !drawn.has(code)) dots.set(code, middleOf(country.geometry));
  }
  return { shapes, dots };
}

function countriesOf(file: string): Country[] {
  const atlas = JSON.parse(readFileSync(require.resolve(file), 'utf8')) as Atlas;
  const collection: FeatureCollection<Geometry, { name: string }> = feature(atlas, atlas.objects.countries);
  return collection.features;
}

/** The atlas gives Kosovo no number; XK is the code everybody uses for it. */
function codeOf(country: Country): string | undefined {
  if (country.properties.name === 'Kosovo') return 'XK';
  return country.id === undefined ? undefined : lettersOf(String(country.id));
}

function ringsOf(geometry: Geometry): Position[][] {
  if (geometry.type === 'Polygon') return geometry.coordinates;
  return geometry.type === 'MultiPolygon' ? geometry.coordinates.flat() : [];
}

function pathOf(geometry: Geometry): string {
  return ringsOf(geometry)
    .map(
      (ring) =>
        `M${unwrapped(ring)
          .map((position) => pointText(position))
          .join('L')}Z`,
    )
    .join('');
}

/**
 * The atlas draws Russia and Fiji across 180° east, where degrees jump to -180: a line would run over the whole map.
 * Counting on beyond 180° keeps the outline whole.
 */
function unwrapped(ring: Position[]): Position[] {
  let previous: number | undefined;
  let turn = 0;
  const whole = ring.map(([lon = 0, lat = 0]) => {
    if (previous !== undefined && lon - previous > 180) turn -= 360;
    if (previous !== undefined && lon - previous < -180) turn += 360;
    previous = lon;
    return [lon + turn, lat];
  });
  const middle = whole.reduce((sum, [lon = 0]) => sum + lon, 0) / Math.max(1, whole.length);
  const shift = middle < -180 ? 360 : middle > 180 ? -360 : 0;
  return shift === 0 ? whole : whole.map(([lon = 0, lat = 0]) => [lon + shift, lat]);
}

function pointText(position: Position): string {
  const { x, y } = project(position[0] ?? 0, position[1] ?? 0);
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}

/** Middle of the largest ring, good enough for a dot. */
function middleOf(geometry: Geometry): { x: number; y: number } {
  const largest = ringsOf(geometry).reduce((best, ring) => (extent(ring) > extent(best) ? ring : best), []);
  const sum = largest.reduce((total, [lon = 0, lat = 0]) => ({ lon: total.lon + lon, lat: total.lat + lat }), {
    lon: 0,
    lat: 0,
  });
  const { x, y } = project(sum.lon / largest.length, sum.lat / largest.length);
  return { x: Number(x.toFixed(1)), y: Number(y.toFixed(1)) };
}

function extent(ring: Position[]): number {
  const lons = ring.map(([lon = 0]) => lon);
  const lats = ring.map(([, lat = 0]) => lat);
  return ring.length === 0 ? -1 : (Math.max(...lons) - Math.min(...lons)) * (Math.max(...lats) - Math.min(...lats));
}

/**
 * Natural Earth projection (Šavrič, Jenny, Patterson 2011), polynomial form.
 * @param lon degrees east
 * @param lat degrees north
 */
function project(lon: number, lat: number): { x: number; y: number } {
  const lambda = (lon * Math.PI) / 180;
  const phi = (lat * Math.PI) / 180;
  const phi2 = phi * phi;
  const phi4 = phi2 * phi2;
  const x = lambda * (0.8707 - 0.131979 * phi2 + phi4 * (-0.013791 + phi4 * (0.003971 * phi2 - 0.001529 * phi4)));
  const y = phi * (1.007226 + phi2 * (0.015085 + phi4 * (-0.044475 + 0.028874 * phi2 - 0.005916 * phi4)));
  const scale = worldWidth / (2 * 0.8707 * Math.PI);
  return { x: worldWidth / 2 + scale * x, y: 248 - scale * y };
}

// Small charts: SVG with a title and a description, and the same figures as a table.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { formatNumber, formatPercent } from '../i18n/language';
import { t } from '../i18n/table';
import './charts.css';

interface Part {
  label: string;
  value: number;
  /** A CSS colour. */
  colour: string;
}

/** What a whole is made of, as one bar with its legend. */
export function PartsBar({ parts }: { parts: readonly Part[] }) {
  const shown = parts.filter(({ value }) => value > 0);
  return (
    <div class="parts">
      <div class="bar-parts" aria-hidden="true">
        {shown.map(({ label, value, colour }) => (
          <span key={label} style={{ '--part': value, '--colour': colour }} />
        ))}
      </div>
      <ul>
        {shown.map(({ label, value, colour }) => (
          <li key={label} style={{ '--colour': colour }}>
            <span class="number">{formatNumber(value)}</span> {label}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface IntervalProps {
  value: number;
  low?: number | undefined;
  high?: number | undefined;
}

/** A share and its interval on a line from 0 to 1; the figures stand beside it. */
export function Interval({ value, low, high }: IntervalProps) {
  return (
    <span
      class="interval"
      aria-hidden="true"
      style={{
        '--value': `${100 * value}%`,
        '--low': `${100 * (low ?? value)}%`,
        '--high': `${100 * (high ?? value)}%`,
      }}
    >
      {low !== undefined && high !== undefined && <span class="between" />}
      <span class="value" />
    </span>
  );
}

interface FrameProps {
  title: string;
  description: string;
  width: number;
  height: number;
  columns: string[];
  rows: string[][];
  children: ComponentChildren;
}

/** A drawing with its title, its description and the figures behind it. */
export function ChartFrame(props: FrameProps) {
  const id = useId();
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <svg
        viewBox={`0 0 ${props.width} ${props.height}`}
        role="img"
        aria-labelledby={`${id}t ${id}d`}
      >
        <title id={`${id}t`}>{props.title}</title>
        <desc id={`${id}d`}>{props.description}</desc>
        {props.children}
      </svg>
      <details>
        <summary>{t('asTable')}</summary>
        <table>
          <thead>
            <tr>
              {props.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, index) => (
                  <td key={index}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

export interface Point {
  x: number;
  y: number;
  low?: number | undefined;
  high?: number | undefined;
  label: string;
  /** Area of the mark, relative to the others. */
  weight?: number;
}

interface PlotProps extends Omit<FrameProps, 'width' | 'height' | 'children'> {
  points: readonly Point[];
  xTitle: string;
  yTitle: string;
  /** Ends of the axes; both are in [0, 1] for shares. */
  xRange: [number, number];
  yRange: [number, number];
  /** At the x axis; by default as percent at 0, 25 ... 100. */
  xTicks?: { at: number; label: string }[];
  formatY?: (value: number) => string;
  height?: number;
  /** The line y = x. */
  diagonal?: boolean;
  /** Joins the points. */
  joined?: boolean;
}

const [left, right, top, bottom] = [52, 16, 26, 40];
const width = 520;

/** Points with their intervals. */
export function Plot(props: PlotProps) {
  const { points, xRange, yRange, formatY = formatPercent, height = 300 } = props;
  const x = (value: number) => left + scale(value, xRange) * (width - left - right);
  const y = (value: number) => height - bottom - scale(value, yRange) * (height - top - bottom);
  const xTicks = props.xTicks ?? quarters.map((at) => ({ at, label: formatPercent(at) }));
  const yTicks = quarters.map((share) => yRange[0] + share * (yRange[1] - yRange[0]));
  return (
    <ChartFrame {...props} width={width} height={height}>
      {yTicks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={left} x2={width - right} y1={y(tick)} y2={y(tick)} />
          <text x={left - 8} y={y(tick) + 4} text-anchor="end">
            {formatY(tick)}
          </text>
        </g>
      ))}
      {xTicks.map(({ at, label }) => (
        <text key={at} x={x(at)} y={height - bottom + 18} text-anchor="middle">
          {label}
        </text>
      ))}
      <text x={0} y={12}>
        {props.yTitle}
      </text>
      <line class="axis" x1={left} x2={width - right} y1={height - bottom} y2={height - bottom} />
      <text x={(left + width - right) / 2} y={height - 2} text-anchor="middle">
        {props.xTitle}
      </text>
      {props.diagonal && <line class="ideal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />}
      {props.joined && (
        <polyline class="curve" points={points.map((one) => `${x(one.x)},${y(one.y)}`).join(' ')} />
      )}
      {points.map((one) => (
        <g key={one.label}>
          {one.low !== undefined && one.high !== undefined && (
            <line class="whisker" x1={x(one.x)} x2={x(one.x)} y1={y(one.low)} y2={y(one.high)} />
          )}
          <circle class="mark" cx={x(one.x)} cy={y(one.y)} r={radius(one, points)}>
            <title>{one.label}</title>
          </circle>
        </g>
      ))}
    </ChartFrame>
  );
}

const quarters = [0, 0.25, 0.5, 0.75, 1];

function scale(value: number, [from, to]: [number, number]): number {
  const share = to === from ? 0.5 : (value - from) / (to - from);
  return Math.min(1, Math.max(0, share));
}

function radius({ weight }: Point, points: readonly Point[]): number {
  if (weight === undefined) return 5;
  const most = Math.max(...points.map((one) => one.weight ?? 0));
  return 3 + 5 * Math.sqrt(most === 0 ? 0 : weight / most);
}

/** A range of shares around the points that shows what differs, in steps of 5 %. */
export function rangeAround(points: readonly Point[]): [number, number] {
  const lows = points.map(({ y, low }) => low ?? y);
  const highs = points.map(({ y, high }) => high ?? y);
  const from = Math.max(0, Math.floor(Math.min(...lows) * 20) / 20);
  const to = Math.min(1, Math.ceil(Math.max(...highs) * 20) / 20);
  return from === to ? [Math.max(0, from - 0.05), Math.min(1, to + 0.05)] : [from, to];
}

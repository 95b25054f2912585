import { type Selection, select } from 'd3-selection';
import { type D3ZoomEvent, type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3-zoom';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The closest look: this many milliseconds across the whole width. */
const CLOSEST_MS = 10;
const STEP = 2;

/** A view of the time axis that can be zoomed and moved. */
export interface Zoom {
  transform: ZoomTransform;
  /** @param at pixels from the left that stay where they are; default the middle */
  closer(at?: number): void;
  farther(at?: number): void;
  all(): void;
  /** Moves so that a place on the unzoomed axis, in pixels, is in view. */
  show(px: number): void;
}

/** Lets wheel (with Ctrl or Command), fingers, dragging and calls zoom into an element as wide as the axis. */
export function useZoom(place: { current: HTMLElement | null }, widthPx: number, spanMs: number): Zoom {
  const [transform, setTransform] = useState<ZoomTransform>(zoomIdentity);
  const behavior = useRef<ZoomBehavior<HTMLElement, unknown>>(zoom<HTMLElement, unknown>());
  const last = useRef({ transform, widthPx });
  last.current.transform = transform;

  useEffect(() => {
    const element = place.current;
    if (element === null || widthPx === 0) return;
    const height = element.clientHeight;
    behavior.current
      .scaleExtent([1, Math.max(1, spanMs / CLOSEST_MS)])
      .extent([
        [0, 0],
        [widthPx, height],
      ])
      .translateExtent([
        [0, Number.NEGATIVE_INFINITY],
        [widthPx, Number.POSITIVE_INFINITY],
      ])
      .filter((event: Event) => isMeant(event, last.current.transform.k))
      .on('zoom', (event: D3ZoomEvent<HTMLElement, unknown>) => setTransform(event.transform));
    const selection = select<HTMLElement, unknown>(element);
    selection.call(behavior.current).on('dblclick.zoom', null);
    const { transform: before, widthPx: widthBefore } = last.current;
    if (widthBefore > 0 && widthBefore !== widthPx) {
      const moved = zoomIdentity.translate((before.x * widthPx) / widthBefore, 0).scale(before.k);
      behavior.current.transform(selection, moved);
    }
    last.current.widthPx = widthPx;
  }, [place, widthPx, spanMs]);

  const call = (run: (to: Selection<HTMLElement, unknown, null, undefined>) => void): void => {
    if (place.current !== null) run(select<HTMLElement, unknown>(place.current));
  };
  const scale = (by: number, at = widthPx / 2): void =>
    call((to) => behavior.current.scaleBy(to, by, [at, 0]));
  return {
    transform,
    closer: (at) => scale(STEP, at),
    farther: (at) => scale(1 / STEP, at),
    all: () => call((to) => behavior.current.transform(to, zoomIdentity)),
    show: (px) => {
      const shown = transform.applyX(px);
      if (shown < 0 || shown > widthPx) call((to) => behavior.current.translateTo(to, px, 0));
    },
  };
}

/** A wheel scrolls the page and one finger moves it, unless there is more to see of the axis. */
function isMeant(event: Event, scale: number): boolean {
  if (event instanceof WheelEvent) return event.ctrlKey || event.metaKey;
  if (typeof TouchEvent !== 'undefined' && event instanceof TouchEvent)
    return event.touches.length > 1 || scale > 1;
  return event instanceof MouseEvent && event.button === 0 && !event.ctrlKey && scale > 1;
}

import { useLayoutEffect, useState } from 'preact/hooks';

/** What something is drawn with. Lengths in pixels. */
export interface DrawingSize {
  width: number;
  /** The size of a letter: everything grows with it. */
  em: number;
}

/** Width of an element, and the size of its letters, whenever they change. Zero wide until it is known. */
export function useSize(place: { current: HTMLElement | null }): DrawingSize {
  const [size, setSize] = useState<DrawingSize>({ width: 0, em: 16 });
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const measure = (): void => {
      const em = Number.parseFloat(getComputedStyle(element).fontSize);
      const width = element.clientWidth;
      setSize((known) => (known.width === width && known.em === em ? known : { width, em }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return size;
}

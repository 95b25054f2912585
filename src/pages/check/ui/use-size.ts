import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Size {
  /** Width in CSS pixels at a text size of 16 px, so that drawings grow with the text. 0 before it is on the page. */
  width: number;
  /** CSS pixels for one such pixel. */
  scale: number;
}

/** The width of an element, kept up to date. */
export function useSize<T extends Element>(): [ref: { current: T | null }, size: Size] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<Size>({ width: 0, scale: 1 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => {
      const scale = (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16) / 16;
      setSize({ width: Math.floor(element.getBoundingClientRect().width / scale), scale });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

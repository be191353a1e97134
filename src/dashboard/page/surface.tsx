// A canvas that is as large as its place, sharp on any screen, and drawn once per frame while something moves.
import { useEffect, useRef } from "preact/hooks";

export type Size = { readonly width: number; readonly height: number };

/** Draws all; returns whether it has to be drawn again by itself. `wall` is the page's time, ms. */
export type Draw = (context: CanvasRenderingContext2D, size: Size, wall: number) => boolean;

type Props = {
  readonly label: string;
  readonly draw: Draw;
  readonly onPointer?: (event: PointerEvent, x: number, y: number) => void;
};

export function Surface({ label, draw, onPointer }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef(draw);
  const wake = useRef(() => {});
  drawn.current = draw;
  useEffect(() => animate(canvas.current!, drawn, wake), []);
  // Each time this is rendered something of the picture has changed.
  useEffect(() => wake.current());
  const point = (event: PointerEvent): void => {
    onPointer?.(event, event.offsetX, event.offsetY);
    wake.current();
  };
  return (
    <canvas
      ref={canvas}
      class="surface"
      role="img"
      aria-label={label}
      onPointerDown={point}
      onPointerMove={point}
      onPointerUp={point}
      onPointerLeave={point}
      onPointerCancel={point}
    />
  );
}

function animate(
  canvas: HTMLCanvasElement,
  draw: { readonly current: Draw },
  wake: { current: () => void },
): () => void {
  const context = canvas.getContext("2d")!;
  let asked = 0;
  let size: Size = { width: 0, height: 0 };
  const frame = (wall: number): void => {
    asked = 0;
    const { width, height } = size;
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (draw.current(context, size, wall)) again();
  };
  const again = (): void => {
    if (asked === 0) asked = requestAnimationFrame(frame);
  };
  wake.current = again;
  const watch = new ResizeObserver(([entry]) => {
    size = { width: entry!.contentRect.width, height: entry!.contentRect.height };
    again();
  });
  watch.observe(canvas);
  return () => {
    watch.disconnect();
    cancelAnimationFrame(asked);
  };
}

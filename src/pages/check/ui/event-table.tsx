import { strings } from '../strings.ts';
import { ScrollBox } from './scroll-box.tsx';
import type { LaneView } from './view.ts';

/** The same as the lanes, in numbers. */
export function EventTable({ lanes }: { lanes: readonly LaneView[] }) {
  return (
    <details class="facts">
      <summary>{strings.tableTitle}</summary>
      <ScrollBox label={strings.tableNumbers}>
        {lanes.map((lane) => (
          <table key={lane.id}>
            <caption>{lane.title}</caption>
            <thead>
              <tr>
                <th scope="col">{strings.tableEvent}</th>
                <th scope="col">{strings.tableSent}</th>
                <th scope="col">{strings.tableArrived}</th>
                <th scope="col">{strings.tableHeld}</th>
              </tr>
            </thead>
            <tbody>
              {lane.marks.map((mark, index) => (
                <tr key={index}>
                  <th scope="row">{index + 1}</th>
                  <td>{strings.tableMs(mark.sentMs)}</td>
                  <td>{strings.tableMs(mark.arrivedMs)}</td>
                  <td>{strings.tableMs(mark.holdMs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </ScrollBox>
    </details>
  );
}

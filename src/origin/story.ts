/** One stage of a delivery, as a courier's app would send it. */
export interface StoryStage {
  status: 'recogido' | 'en_movimiento' | 'cerca' | 'llegada';
  place: string;
  etaMinutes: number;
}

/** A parcel's way through Madrid: event N of the story stream carries stage N. */
export const STORY: readonly StoryStage[] = [
  { status: 'recogido', place: 'Almacén de Getafe', etaMinutes: 42 },
  { status: 'en_movimiento', place: 'A-42, salida de Getafe', etaMinutes: 38 },
  { status: 'en_movimiento', place: 'Villaverde', etaMinutes: 33 },
  { status: 'en_movimiento', place: 'Plaza Elíptica', etaMinutes: 27 },
  { status: 'en_movimiento', place: 'Puente de Toledo', etaMinutes: 22 },
  { status: 'en_movimiento', place: 'Ronda de Atocha', etaMinutes: 16 },
  { status: 'en_movimiento', place: 'Paseo del Prado', etaMinutes: 11 },
  { status: 'en_movimiento', place: 'Puerta de Alcalá', etaMinutes: 7 },
  { status: 'cerca', place: 'Calle de Goya', etaMinutes: 3 },
  { status: 'cerca', place: 'Calle de Goya, portal 61', etaMinutes: 1 },
  { status: 'llegada', place: 'Calle de Goya, portal 61', etaMinutes: 0 },
];

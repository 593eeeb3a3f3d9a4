"""NAS-Bench-101's ``ModelMetrics`` messages, without the protobuf library.

``ModelMetrics``: 1 repeated ``EvaluationData``, 2 trainable parameters, 3 total time. ``EvaluationData``, all numbers
doubles: 1 epoch, 2 training time, 3 train, 4 validation, 5 test accuracy; 6 path of a checkpoint.
"""

import struct

_DOUBLES = struct.Struct("<BdBdBdBdBd")
_TAGS = (0x09, 0x11, 0x19, 0x21, 0x29)  # fields 1 to 5 as 64-bit numbers

Point = tuple[float, float, float, float, float]
"""Epoch, seconds, train, validation and test accuracy."""


def read_points(message: bytes) -> tuple[list[Point], int]:
    """The evaluations of one training (start, halfway, end) and its trainable parameters.

    Raises:
        ValueError: Bytes that are not such a message.
    """
    points: list[Point] = []
    n_parameters = 0
    place, end = 0, len(message)
    while place < end:
        tag, place = _varint(message, place)
        field, kind = tag >> 3, tag & 7
        if kind == 2:
            length, place = _varint(message, place)
            if place + length > end:
                raise ValueError("message: ends within a field")
            if field == 1:
                points.append(_point(message[place : place + length]))
            place += length
        elif kind == 0:
            value, place = _varint(message, place)
            n_parameters = value if field == 2 else n_parameters
        else:
            place = _skip(message, place, kind)
    return points, n_parameters


def _point(message: bytes) -> Point:
    if len(message) >= _DOUBLES.size:
        t1, epoch, t2, seconds, t3, train, t4, validation, t5, test = _DOUBLES.unpack_from(message)
        if (t1, t2, t3, t4, t5) == _TAGS:
            return epoch, seconds, train, validation, test
    values = [0.0] * 5  # what is not there is zero
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        field, kind = tag >> 3, tag & 7
        if kind == 1 and 1 <= field <= 5 and place + 8 <= len(message):
            (values[field - 1],) = struct.unpack_from("<d", message, place)
            place += 8
        elif kind == 2:
            length, place = _varint(message, place)
            place += length
        else:
            place = _skip(message, place, kind)
    return values[0], values[1], values[2], values[3], values[4]


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next thing begins."""
    value = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise ValueError("message: ends within a number")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7


def _skip(message: bytes, place: int, kind: int) -> int:
    if kind == 0:
        return _varint(message, place)[1]
    size = {1: 8, 5: 4}.get(kind)
    if size is None or place + size > len(message):
        raise ValueError(f"message: wanted a field of protobuf, found type {kind} at byte {place}")
    return place + size

"""Section 15.5: convolutions and pools. A window on one axis is (step, dilation, before, after)."""

from . import arithmetic as f
from .rows import greatest
from .tensor import allowed, chain, f32, offset, require, s32_indexed


class Axis:
    """One axis of an image under a window of `taps` taps."""

    def __init__(self, size, taps, window):
        self.size, self.taps = size, taps
        self.step, self.dilation, self.before, self.after = window
        require(taps >= 1 and 1 <= self.step < 1 << 31 and self.dilation >= 1)
        self.extent = self.dilation * (taps - 1) + 1
        self.padded = self.before + size + self.after

    def places(self, ceil=False):
        require(self.padded < 1 << 31)
        room = self.padded - self.extent
        count = room // self.step + 1
        require(count >= 1)
        if ceil and -(-room // self.step) + 1 > count and count * self.step < self.before + self.size:
            count += 1
        return count

    def at(self, place, tap):
        """Where a tap lies, counted from the start of the padding before the image."""
        return place * self.step + tap * self.dilation

    def cell(self, place, tap):
        """The cell of the image under a tap, None in the padding."""
        cell = self.at(place, tap) - self.before
        return cell if 0 <= cell < self.size else None

    def sources(self, place, tap):
        """The cell that a transposed window spreads to a place, None if there is none."""
        cell, rest = divmod(place + self.before - tap * self.dilation, self.step)
        return cell if rest == 0 and 0 <= cell < self.size else None

    def transposed_places(self, extra):
        count = (self.size - 1) * self.step + self.extent + extra - self.before - self.after
        require(count >= 1)
        return count


def taps(axes, find):
    """(kh, kw, cell on the height, cell on the width) of the taps on the image, ascending."""
    for kh in range(axes[0].taps):
        for kw in range(axes[1].taps):
            i, j = find(0, kh), find(1, kw)
            if i is not None and j is not None:
                yield kh, kw, i, j


def filtered(x, w, bias, groups, axes, counts, finder):
    batch, channels = x.shape[0], x.shape[3]
    filters, _, _, per_group = w.shape
    allowed([batch, *counts, filters])
    out = []
    for b in range(batch):
        for oh in range(counts[0]):
            for ow in range(counts[1]):
                found = list(taps(axes, lambda axis, tap: finder(axes[axis], (oh, ow)[axis], tap)))
                for n in range(filters):
                    start = n // (filters // groups) * per_group
                    acc = chain(
                        (x.data[offset(x.shape, (b, i, j, start + c))], w.data[offset(w.shape, (n, kh, kw, c))])
                        for kh, kw, i, j in found
                        for c in range(per_group)
                    )
                    out.append(acc if bias is None else f.add(acc, bias.data[n]))
    return f32([batch, *counts, filters], out)


def checked(x, w, bias, groups, windows):
    require(len(x.shape) == 4 and len(w.shape) == 4 and groups >= 1)
    channels, filters = x.shape[3], w.shape[0]
    require(channels % groups == 0 and filters % groups == 0 and w.shape[3] == channels // groups)
    require(bias is None or bias.shape == [filters])
    return [Axis(x.shape[1 + i], w.shape[1 + i], windows[i]) for i in range(2)]


def conv(x, w, bias, groups, windows):
    axes = checked(x, w, bias, groups, windows)
    return filtered(x, w, bias, groups, axes, [axis.places() for axis in axes], Axis.cell)


def conv_transpose(x, w, bias, groups, windows, extra):
    axes = checked(x, w, bias, groups, windows)
    counts = [axis.transposed_places(more) for axis, more in zip(axes, extra)]
    return filtered(x, w, bias, groups, axes, counts, Axis.sources)


def pool(name, x, kernel, windows, ceil, count_include_pad=False):
    require(len(x.shape) == 4)
    axes = [Axis(x.shape[1 + i], kernel[i], windows[i]) for i in range(2)]
    require(kernel[0] * kernel[1] < 1 << 31)
    counts = [axis.places(ceil) for axis in axes]
    batch, channels = x.shape[0], x.shape[3]
    allowed([batch, *counts, channels])
    out = []
    for b in range(batch):
        for place in ((oh, ow) for oh in range(counts[0]) for ow in range(counts[1])):
            found = list(taps(axes, lambda axis, tap: axes[axis].cell(place[axis], tap)))
            require(found)
            inside = list(taps(axes, lambda axis, tap: tap if axes[axis].at(place[axis], tap) < axes[axis].padded else None))
            for c in range(channels):
                values = [(kh * kernel[1] + kw, x.data[offset(x.shape, (b, i, j, c))]) for kh, kw, i, j in found]
                if name == "max_pool":
                    out.append(greatest([value for _, value in values]))
                else:
                    n = len(inside if count_include_pad else found)
                    out.append(f.div(s32_indexed(values), f.from_int(n)))
    return f32([batch, *counts, channels], out)

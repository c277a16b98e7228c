// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Kernels on values that stand at scattered places of a column, all of them different. Of many, four
// are loaded before any is stored: the processor then works on them side by side.

/// In shorter runs, the time goes to the first and last values.
private let shortRun = 16

/// `column[place(i)] -= factor * x[i]` for i from 0 to `count - 1`.
@inline(__always)
func subtract(
  _ factor: Double, _ x: UnsafePointer<Double>, _ count: Int,
  from column: UnsafeMutablePointer<Double>, at place: (Int) -> Int
) {
  var i = 0
  while count >= shortRun, i &+ 4 <= count {
    let (p0, p1, p2, p3) = (place(i), place(i &+ 1), place(i &+ 2), place(i &+ 3))
    let y0 = column[p0] - factor * x[i]
    let y1 = column[p1] - factor * x[i &+ 1]
    let y2 = column[p2] - factor * x[i &+ 2]
    let y3 = column[p3] - factor * x[i &+ 3]
    column[p0] = y0
    column[p1] = y1
    column[p2] = y2
    column[p3] = y3
    i &+= 4
  }
  while i < count {
    column[place(i)] -= factor * x[i]
    i &+= 1
  }
}

/// `y[i] += factor * column[place(i)]` for i from 0 to `count - 1`.
/// - Returns: the scalar product of `x` with the values of the column.
@inline(__always)
func addAndMultiply(
  _ factor: Double, _ column: UnsafePointer<Double>, at place: (Int) -> Int,
  _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int
) -> Double {
  var sums = (0.0, 0.0, 0.0, 0.0)
  var i = 0
  while count >= shortRun, i &+ 4 <= count {
    let (z0, z1) = (column[place(i)], column[place(i &+ 1)])
    let (z2, z3) = (column[place(i &+ 2)], column[place(i &+ 3)])
    sums.0 += z0 * x[i]
    sums.1 += z1 * x[i &+ 1]
    sums.2 += z2 * x[i &+ 2]
    sums.3 += z3 * x[i &+ 3]
    y[i] += factor * z0
    y[i &+ 1] += factor * z1
    y[i &+ 2] += factor * z2
    y[i &+ 3] += factor * z3
    i &+= 4
  }
  while i < count {
    let z = column[place(i)]
    sums.0 += z * x[i]
    y[i] += factor * z
    i &+= 1
  }
  return (sums.0 + sums.1) + (sums.2 + sums.3)
}

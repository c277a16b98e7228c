// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

// Kernels on the k × k blocks of one level. They run once per level and evaluation, so each has
// the scalar case, by far the most frequent, in front.

/// Solves `l * x = x` in place; `l` is lower triangular, column-major, of order k.
@inline(__always)
func solveLower(
  _ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ k: Int
) {
  if k == 1 {
    x[0] /= l[0]
    return
  }
  for i in 0..<k {
    var sum = x[i]
    for j in 0..<i { sum -= l[i + j * k] * x[j] }
    x[i] = sum / l[i + i * k]
  }
}

/// Solves `l' * x = x` in place; `l` is lower triangular, column-major, of order k.
@inline(__always)
func solveLowerTransposed(
  _ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ k: Int
) {
  if k == 1 {
    x[0] /= l[0]
    return
  }
  for i in (0..<k).reversed() {
    var sum = x[i]
    for j in i + 1..<max(i + 1, k) { sum -= l[j + i * k] * x[j] }
    x[i] = sum / l[i + i * k]
  }
}

/// Solves `x * l' = b` in place of `b`, `rowCount × k` and column-major; `l` is lower triangular.
@inline(__always)
func solveFromRight(
  _ l: UnsafePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ k: Int, rowCount: Int
) {
  for j in 0..<k {
    let column = b + j * rowCount
    let reciprocal = 1 / l[j + j * k]
    for i in 0..<rowCount { column[i] *= reciprocal }
    for later in j + 1..<max(j + 1, k) {
      add(-l[later + j * k], column, to: b + later * rowCount, rowCount)
    }
  }
}

/// The scalar product of two runs of k values.
@inline(__always)
func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ k: Int) -> Double {
  if k == 1 { return x[0] * y[0] }
  var sum = x[0] * y[0]
  for i in 1..<k { sum += x[i] * y[i] }
  return sum
}

/// `y += factor * x` over `count` values.
///
/// Few values, as nearly all runs have, are added one by one: a vectorized loop spends longer on
/// finding out that it has nothing to do.
@inline(__always)
func add(
  _ factor: Double, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ count: Int
) {
  switch count {
  case 1:
    y[0] += factor * x[0]
  case 2:
    y[0] += factor * x[0]
    y[1] += factor * x[1]
  case 3:
    y[0] += factor * x[0]
    y[1] += factor * x[1]
    y[2] += factor * x[2]
  default:
    for i in 0..<count { y[i] += factor * x[i] }
  }
}

/// `y += factor * Σ_j b[j * stride] * x_j` for k runs x_j of `count` values, one after the other.
@inline(__always)
func addCombination(
  _ factor: Double, _ b: UnsafePointer<Double>, stride: Int, _ x: UnsafePointer<Double>,
  to y: UnsafeMutablePointer<Double>, _ k: Int, _ count: Int
) {
  if count <= 3 {
    for c in 0..<count {
      var sum = 0.0
      for j in 0..<k { sum += b[j * stride] * x[j * count + c] }
      y[c] += factor * sum
    }
  } else {
    for j in 0..<k { add(factor * b[j * stride], x + j * count, to: y, count) }
  }
}

/// Calls `body` with the order k of small blocks, for the orders that nearly all terms have as a
/// constant: its loops over rows and columns are then unrolled.
@inlinable
@inline(__always)
package func withConstant<Result>(_ k: Int, _ body: (Int) -> Result) -> Result {
  switch k {
  case 1: body(1)
  case 2: body(2)
  case 3: body(3)
  default: body(k)
  }
}

/// `target = left' * block * right` for lower-triangular factors; `block` is stored row by row,
/// `m × k`, and so is `target`. `scratch` holds m * k values.
@inline(__always)
func scaleBlock(
  _ block: UnsafePointer<Double>, left: UnsafePointer<Double>, _ m: Int,
  right: UnsafePointer<Double>, _ k: Int,
  into target: UnsafeMutablePointer<Double>, scratch: UnsafeMutablePointer<Double>
) {
  if m == 1 && k == 1 {
    target[0] = left[0] * block[0] * right[0]
    return
  }
  // scratch = block * right
  for i in 0..<m {
    for j in 0..<k {
      var sum = 0.0
      for l in j..<k { sum += block[i * k + l] * right[l + j * k] }
      scratch[i * k + j] = sum
    }
  }
  // target = left' * scratch
  for i in 0..<m {
    for j in 0..<k {
      var sum = 0.0
      for l in i..<m { sum += left[l + i * m] * scratch[l * k + j] }
      target[i * k + j] = sum
    }
  }
}

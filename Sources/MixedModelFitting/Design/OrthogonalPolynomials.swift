// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Polynomials that are orthogonal over the values they were learnt from.
///
/// They are kept as R's `poly` keeps them, by their recurrence: with `p[0] = 1` and
/// `p[1] = x - centers[0]`,
///
///     p[j+1] = (x - centers[j]) p[j] - squaredNorms[j+1] / squaredNorms[j] p[j-1]
///
/// and the columns are `p[j] / sqrt(squaredNorms[j+1])` for j = 1 up to the degree, so that over
/// the values learnt from they have sum zero and sum of squares one.
///
/// Source: R 4.2.2, `stats::poly`, whose `coefs` attribute holds `alpha` (``centers``) and `norm2`
/// (``squaredNorms``).
package struct OrthogonalPolynomials: Sendable, Hashable {
  /// One per degree.
  package let centers: [Double]
  /// A leading one, then the sums of squares of `p[0]`, `p[1]`, ...: two more than the degree.
  package let squaredNorms: [Double]

  package var degree: Int { centers.count }

  package init(centers: [Double], squaredNorms: [Double]) {
    self.centers = centers
    self.squaredNorms = squaredNorms
  }

  /// The polynomials up to `degree` over `values`, with their columns there.
  ///
  /// The result is `nil` if `values` holds too few distinct numbers for the degree. Each new
  /// polynomial is orthogonalized against all earlier ones, because the bare recurrence loses
  /// orthogonality as the degree nears the number of values.
  /// - Parameter frequencies: how often each value counts; `nil` for once.
  /// - Complexity: O(values × degree²).
  static func basis(
    over values: [Double], degree: Int, frequencies: [Double]? = nil
  ) -> (polynomials: OrthogonalPolynomials, columns: [[Double]])? {
    let f = frequencies ?? [Double](repeating: 1, count: values.count)
    let count = f.reduce(0, +)
    let mean = zip(f, values).reduce(0) { $0 + $1.0 * $1.1 } / count
    let x = values.map { $0 - mean }
    let spread = x.reduce(0) { max($0, abs($1)) }
    var polynomials = [[Double](repeating: 1, count: values.count)]
    var centers: [Double] = []
    var squaredNorms = [1, count]
    for j in 0..<degree {
      let current = polynomials[j]
      var center = 0.0
      for i in x.indices { center += f[i] * x[i] * current[i] * current[i] }
      center /= squaredNorms[j + 1]
      var next = [Double](repeating: 0, count: x.count)
      for i in x.indices { next[i] = (x[i] - center) * current[i] }
      for _ in 0..<2 {
        for k in (0...j).reversed() {
          removeComponent(
            along: polynomials[k], squaredNorm: squaredNorms[k + 1], frequencies: f, from: &next)
        }
      }
      let squaredNorm = zip(f, next).reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      // With as many polynomials as distinct values the next one is zero but for rounding, which
      // is relative to the spread of the values times the polynomial before.
      guard squaredNorm > 1e-20 * spread * spread * squaredNorms[j + 1], squaredNorm.isFinite else {
        return nil
      }
      centers.append(center + mean)
      squaredNorms.append(squaredNorm)
      polynomials.append(next)
    }
    let columns = (1..<polynomials.count).map { j in
      let norm = squaredNorms[j + 1].squareRoot()
      return polynomials[j].map { $0 / norm }
    }
    return (OrthogonalPolynomials(centers: centers, squaredNorms: squaredNorms), columns)
  }

  /// The columns at any values, one per degree, by the recurrence.
  func columns(at values: [Double]) -> [[Double]] {
    var before = [Double](repeating: 0, count: values.count)
    var current = [Double](repeating: 1, count: values.count)
    var columns: [[Double]] = []
    for j in 0..<degree {
      let ratio = squaredNorms[j + 1] / squaredNorms[j]
      var next = [Double](repeating: 0, count: values.count)
      for i in values.indices {
        next[i] = (values[i] - centers[j]) * current[i] - ratio * before[i]
      }
      let norm = squaredNorms[j + 2].squareRoot()
      columns.append(next.map { $0 / norm })
      before = current
      current = next
    }
    return columns
  }
}

private func removeComponent(
  along direction: [Double], squaredNorm: Double, frequencies: [Double],
  from vector: inout [Double]
) {
  var product = 0.0
  for i in vector.indices { product += frequencies[i] * vector[i] * direction[i] }
  let scale = product / squaredNorm
  for i in vector.indices { vector[i] -= scale * direction[i] }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The average information of covariance parameters, up to the residual variance: forward solves
/// with the factor and products with A, no pass over rows.
///
/// Source: Gilmour, Thompson & Cullis, "Average information REML", Biometrics 51 (1995), 1440-1450.
struct AverageInformation {
  /// For each parameter, `z' V_a z`.
  let sensitivities: [Double]
  /// For each pair of parameters, `f_a' Z'PZ f_b` with `f_a` the image of z under `∂(ΛΛ')/∂a`.
  let matrix: Matrix

  /// - Parameters:
  ///   - z: the random-effects cross-products with the residual.
  ///   - matrix: the cross-products A.
  ///   - cholesky: their factor for the given term factors.
  ///   - directions: the derivatives of the factors, term after term.
  ///   - borderRowsSkipped: how many of the last rows of the border take no part.
  init(
    _ z: [Double], matrix: BlockedMatrix, cholesky: BlockedCholesky, factors: [Double],
    directions: [RelativeCovarianceFactor.Derivative], borderRowsSkipped: Int
  ) {
    let layout = matrix.layout
    let count = directions.count
    var product = [Double](
      repeating: 0, count: (layout.randomCount + layout.borderCount) * count)
    var scaled = z
    layout.scaleTransposed(&scaled, count: 1, by: factors)
    var images: [TermImages] = []
    for (term, shape) in layout.terms.enumerated() {
      let image = TermImages(
        of: z, scaled: scaled, shape, directions, ofTerm: term, factors: factors,
        at: layout.factorStart[term])
      // f is zero outside its parameter's term.
      matrix.addProduct(
        ofTerm: term, image.values[...], count: image.parameters.count, to: &product,
        column: image.parameters.lowerBound, columnCount: count)
      images.append(image)
    }
    var information = [Double](repeating: 0, count: count * count)
    for image in images { image.addInnerProducts(with: product, to: &information, count: count) }
    layout.scaleTransposed(&product, count: count, by: factors)
    cholesky.solveForward(&product, count: count, borderRowsSkipped: borderRowsSkipped)
    information.withUnsafeMutableBufferPointer { information in
      product.withUnsafeBufferPointer { product in
        guard let information = information.baseAddress, let product = product.baseAddress
        else { return }
        symmetricRankUpdate(
          information, order: count, leadingDimension: count, subtracting: product,
          inner: layout.randomCount + layout.borderCount - borderRowsSkipped,
          leadingDimension: count)
      }
    }
    for b in 0..<count {
      for a in b..<count { information[b + a * count] = information[a + b * count] }
    }
    sensitivities = images.flatMap(\.sensitivities)
    self.matrix = Matrix(rowCount: count, columnCount: count, values: information)
  }
}

/// The images f of z under the derivatives of one term's relative covariance matrices, zero outside
/// the term.
private struct TermImages {
  let shape: BlockShape
  /// The term's parameters.
  let parameters: Range<Int>
  /// For each random effect of the term, one value per parameter side by side.
  private(set) var values: [Double]
  /// For each parameter, `z'f`.
  private(set) var sensitivities: [Double]

  /// - Parameter scaled: `Λ'z`.
  init(
    of z: [Double], scaled: [Double], _ shape: BlockShape,
    _ directions: [RelativeCovarianceFactor.Derivative], ofTerm term: Int, factors: [Double],
    at factorStart: Int
  ) {
    let k = shape.dimension
    let first = directions.firstIndex { $0.term >= term } ?? directions.count
    let count = directions[first...].prefix { $0.term == term }.count
    self.shape = shape
    parameters = first..<first + count
    values = [Double](repeating: 0, count: shape.count * count)
    sensitivities = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { values in
      z[shape.start...].withUnsafeBufferPointer { z in
        scaled[shape.start...].withUnsafeBufferPointer { scaled in
          for (parameter, direction) in directions[parameters].enumerated() {
            // f = E λ'z + λ E'z, one entry of E after the other.
            for entry in direction.entries {
              var sum = 0.0
              for row in stride(from: 0, to: shape.count, by: k) {
                let left = entry.value * scaled[row + entry.column]
                let right = entry.value * z[row + entry.row]
                sum += left * z[row + entry.row]
                let place = row * count + parameter
                values[place + entry.row * count] += left
                for i in entry.column..<k {
                  values[place + i * count] += right * factors[factorStart + i + entry.column * k]
                }
              }
              sensitivities[parameter] += 2 * sum
            }
          }
        }
      }
    }
  }

  /// Adds `f_a' p_b` for the term's parameters a and all vectors p from the term's first on.
  func addInnerProducts(with product: [Double], to sums: inout [Double], count: Int) {
    guard !parameters.isEmpty else { return }
    let first = parameters.lowerBound
    sums.withUnsafeMutableBufferPointer { sums in
      product.withUnsafeBufferPointer { product in
        values.withUnsafeBufferPointer { values in
          guard let sums = sums.baseAddress, let product = product.baseAddress,
            let values = values.baseAddress
          else { return }
          addProduct(
            sums + first * (count + 1), rowCount: count - first, columnCount: parameters.count,
            leadingDimension: count, product + shape.start * count + first,
            leadingDimension: count, transposed: values, leadingDimension: parameters.count,
            inner: shape.count)
        }
      }
    }
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices

/// The average information of covariance parameters, up to the residual variance: forward solves
/// with the factor and products with A, or sums over the levels of a single term; no pass over rows.
///
/// It is a workspace: each update overwrites the last result and allocates nothing, as long as the
/// model has the same size.
///
/// Source: Gilmour, Thompson & Cullis, "Average information REML", Biometrics 51 (1995), 1440-1450.
struct AverageInformation: Sendable {
  /// For each parameter, `z' V_a z`.
  private(set) var sensitivities: [Double] = []
  /// For each pair of parameters, `f_a' Z'PZ f_b` with `f_a` the image of z under `∂(ΛΛ')/∂a`:
  /// m × m, column-major and symmetric.
  private(set) var values: [Double] = []
  /// Λ'z.
  private var scaled: [Double] = []
  /// The images f, term after term: for each random effect of a term, one value per parameter of the
  /// term side by side. An image is zero outside its parameter's term.
  private var images: [Double] = []
  /// For each random effect and each row of the border, one value per parameter side by side.
  private var product: [Double] = []

  /// - Parameters:
  ///   - z: the random-effects cross-products with the residual.
  ///   - matrix: the cross-products A.
  ///   - cholesky: their factor for the given term factors.
  ///   - directions: the derivatives of the factors.
  ///   - borderRowsSkipped: how many of the last rows of the border take no part.
  mutating func update(
    _ z: [Double], matrix: BlockedMatrix, cholesky: BlockedCholesky, factors: [Double],
    directions: FactorDirections, borderRowsSkipped: Int
  ) {
    let layout = matrix.layout
    let count = directions.parameterCount
    let rowCount = layout.randomCount + layout.borderCount
    scaled.replaceContents(with: z)
    layout.scaleTransposed(&scaled, count: 1, by: factors)
    sensitivities.fillWithZeros(count: count)
    values.fillWithZeros(count: count * count)
    product.fillWithZeros(count: rowCount * count)
    images.fillWithZeros(
      count: zip(layout.terms, directions.terms).reduce(0) {
        $0 + $1.0.count * $1.1.parameters.count
      })

    var first = 0
    for (term, direction) in directions.terms.enumerated() {
      let shape = layout.terms[term]
      let size = shape.count * direction.parameters.count
      addImages(of: z, shape, direction, factors, factorStart: layout.factorStart[term], at: first)
      matrix.addProduct(
        ofTerm: term, images[first..<first + size], count: direction.parameters.count,
        to: &product, column: direction.parameters.lowerBound, columnCount: count)
      first += size
    }
    first = 0
    for (shape, direction) in zip(layout.terms, directions.terms) {
      addInnerProducts(shape, direction.parameters, count: count, at: first)
      first += shape.count * direction.parameters.count
    }
    layout.scaleTransposed(&product, count: count, by: factors)
    cholesky.solveForward(&product, count: count, borderRowsSkipped: borderRowsSkipped)
    values.withUnsafeMutableBufferPointer { values in
      product.withUnsafeBufferPointer { product in
        guard let start = values.baseAddress, let product = product.baseAddress else { return }
        symmetricRankUpdate(
          start, order: count, leadingDimension: count, subtracting: product,
          inner: rowCount - borderRowsSkipped, leadingDimension: count)
        for b in 0..<count {
          for a in b..<count { values[b + a * count] = values[a + b * count] }
        }
      }
    }
  }

  /// Adds the images of z for the parameters of one term, `f = E λ'z + λ E'z`, one entry of E after
  /// the other, and their products with z.
  private mutating func addImages(
    of z: [Double], _ shape: BlockShape, _ direction: FactorDirections.Term, _ factors: [Double],
    factorStart: Int, at first: Int
  ) {
    let k = shape.dimension
    let count = direction.parameters.count
    images.withUnsafeMutableBufferPointer { images in
      sensitivities.withUnsafeMutableBufferPointer { sensitivities in
        z.withUnsafeBufferPointer { z in
          scaled.withUnsafeBufferPointer { scaled in
            factors.withUnsafeBufferPointer { factors in
              guard let images = images.baseAddress, let z = z.baseAddress,
                let scaled = scaled.baseAddress, let factors = factors.baseAddress
              else { return }
              for entry in direction.entries {
                let parameter = entry.parameter - direction.parameters.lowerBound
                let lambda = factors + factorStart + entry.column * k
                var sum = 0.0
                var image = images + first + parameter
                for row in stride(from: shape.start, to: shape.start + shape.count, by: k) {
                  let left = entry.value * scaled[row + entry.column]
                  let right = entry.value * z[row + entry.row]
                  sum += left * z[row + entry.row]
                  image[entry.row * count] += left
                  for i in entry.column..<k { image[i * count] += right * lambda[i] }
                  image += k * count
                }
                sensitivities[entry.parameter] += 2 * sum
              }
            }
          }
        }
      }
    }
  }

  /// Adds `f_a' p_b` for one term's parameters a and all vectors p from the term's first on.
  private mutating func addInnerProducts(
    _ shape: BlockShape, _ parameters: Range<Int>, count: Int, at first: Int
  ) {
    guard !parameters.isEmpty else { return }
    let column = parameters.lowerBound
    values.withUnsafeMutableBufferPointer { sums in
      product.withUnsafeBufferPointer { product in
        images.withUnsafeBufferPointer { images in
          guard let sums = sums.baseAddress, let product = product.baseAddress,
            let images = images.baseAddress
          else { return }
          addProduct(
            sums + column * (count + 1), rowCount: count - column,
            columnCount: parameters.count, leadingDimension: count,
            product + shape.start * count + column, leadingDimension: count,
            transposed: images + first, leadingDimension: parameters.count, inner: shape.count)
        }
      }
    }
  }
}

extension AverageInformation {
  /// The same from the sums over the levels of a model's only term: with `V_a = ∂(λλ')/∂a`, a level
  /// adds `z'V_a D V_b z` to a value, and `E'V_a z` to what the fixed effects take off.
  /// - Parameters:
  ///   - sums: those of fourth order among them.
  ///   - factor: λ.
  ///   - directions: the derivatives of the factor.
  ///   - fixedEffectsFactor: the lower Cholesky factor of the fixed effects' information.
  mutating func update(
    _ sums: LevelSums, factor: [Double], directions: FactorDirections, fixedEffectsFactor: Matrix
  ) {
    let k = sums.dimension
    let rank = fixedEffectsFactor.rowCount
    let count = directions.parameterCount
    sensitivities.fillWithZeros(count: count)
    values.fillWithZeros(count: count * count)
    // V_a, and L_X⁻¹ Σ E'V_a z.
    images.fillWithZeros(count: count * k * k)
    product.fillWithZeros(count: count * rank)
    for entry in directions.terms[0].entries {
      let first = entry.parameter * k * k
      for i in entry.column..<k {
        let value = entry.value * factor[i + entry.column * k]
        images[first + entry.row + i * k] += value
        images[first + i + entry.row * k] += value
      }
    }
    for a in 0..<count {
      // Σ D V_a z z', in the place of Λ'z.
      scaled.fillWithZeros(count: k * k)
      for l in 0..<k {
        for i in 0..<k {
          let change = images[a * k * k + i + l * k]
          guard change != 0 else { continue }
          sensitivities[a] += change * sums.squares[i + l * k]
          for s in 0..<k {
            let information = (LevelSums.place(l, s, k) * k + i) * k
            for r in 0..<k { scaled[r + s * k] += change * sums.informations[information + r] }
          }
          for x in 0..<rank {
            product[a * rank + x] += change * sums.crossInformations[(x * k + l) * k + i]
          }
        }
      }
      for x in 0..<rank {
        for y in 0..<x {
          product[a * rank + x] -= fixedEffectsFactor[x, y] * product[a * rank + y]
        }
        product[a * rank + x] /= fixedEffectsFactor[x, x]
      }
      for b in 0...a {
        var sum = 0.0
        for place in 0..<k * k { sum += scaled[place] * images[b * k * k + place] }
        for x in 0..<rank { sum -= product[a * rank + x] * product[b * rank + x] }
        values[a + b * count] = sum
        values[b + a * count] = sum
      }
    }
  }
}

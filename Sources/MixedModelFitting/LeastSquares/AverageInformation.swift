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
  ///   - deadline: when to give up; it is looked at between parts of the work.
  /// - Returns: whether the information was found in time.
  mutating func update(
    _ z: [Double], matrix: BlockedMatrix, cholesky: BlockedCholesky, factors: [Double],
    directions: FactorDirections, borderRowsSkipped: Int, deadline: ContinuousClock.Instant? = nil
  ) -> Bool {
    guard
      setProducts(
        z, matrix: matrix, factors: factors, directions: directions, deadline: deadline)
    else { return false }
    let layout = matrix.layout
    let count = directions.parameterCount
    cholesky.solveForward(&product, count: count, borderRowsSkipped: borderRowsSkipped)
    return values.withUnsafeMutableBufferPointer { values in
      product.withUnsafeBufferPointer { product in
        guard let start = values.baseAddress, let product = product.baseAddress else { return true }
        let rowCount = layout.randomCount + layout.borderCount - borderRowsSkipped
        let isInTime = Self.inParts(of: rowCount, width: count, deadline) { rows in
          symmetricRankUpdate(
            start, order: count, leadingDimension: count,
            subtracting: product + rows.lowerBound * count, inner: rows.count,
            leadingDimension: count)
        }
        guard isInTime else { return false }
        for b in 0..<count {
          for a in b..<count { values[b + a * count] = values[a + b * count] }
        }
        return true
      }
    }
  }

  /// The products of so many rows with each other take the library some tenths of a second.
  private static let operationsAtATime = 2e10

  /// Calls `body` with runs of rows, one after the other, until the deadline has passed.
  /// - Parameter width: each row is multiplied by itself, entry by entry.
  /// - Returns: whether all rows had their turn.
  private static func inParts(
    of rowCount: Int, width: Int, _ deadline: ContinuousClock.Instant?, _ body: (Range<Int>) -> Void
  ) -> Bool {
    let perRow = Double(width) * Double(width)
    // Without a limit the same parts, so that it does not show in the last digits.
    let size = max(1, Int(min(operationsAtATime / max(perRow, 1), Double(max(rowCount, 1)))))
    for first in stride(from: 0, to: rowCount, by: size) {
      if let deadline, .now >= deadline { return false }
      body(first..<min(first + size, rowCount))
    }
    return true
  }

  /// The same without a factor.
  /// - Returns: whether the solutions that take its place were found.
  mutating func update(
    _ z: [Double], at solution: LeastSquaresSolution, in system: StochasticLeastSquares,
    directions: FactorDirections
  ) -> Bool {
    guard
      setProducts(
        z, matrix: system.crossProducts.matrix, factors: solution.factors, directions: directions,
        deadline: nil)
    else { return false }
    let count = directions.parameterCount
    guard
      let forms = system.quadraticForms(
        product, count: count, fixedEffectsFactor: solution.fixedEffectsFactor)
    else { return false }
    for b in 0..<count {
      for a in b..<count {
        values[a + b * count] -= forms[a + b * count]
        values[b + a * count] = values[a + b * count]
      }
    }
    return true
  }

  /// Sets the values to `f_a'Z'Zf_b`, the product to `Λ'[Z X]'Z f` for all parameters side by side.
  /// - Returns: whether that was done before the deadline.
  private mutating func setProducts(
    _ z: [Double], matrix: BlockedMatrix, factors: [Double], directions: FactorDirections,
    deadline: ContinuousClock.Instant?
  ) -> Bool {
    let layout = matrix.layout
    let count = directions.parameterCount
    let rowCount = layout.randomCount + layout.borderCount
    scaled.replaceContents(with: z)
    layout.scaleTransposed(&scaled, count: 1, by: factors)
    sensitivities.fillWithZeros(count: count)
    values.fillWithZeros(count: count * count)
    product.fillWithZeros(count: rowCount * count)
    // Of thousands of parameters these are gigabytes, which the system takes its time to hand out.
    if let deadline, .now >= deadline { return false }
    var imageCount = 0
    for term in layout.terms.indices {
      imageCount += layout.terms[term].count * directions.terms[term].parameters.count
    }
    images.fillWithZeros(count: imageCount)

    var first = 0
    for term in layout.terms.indices {
      let parameters = directions.terms[term].parameters
      let size = layout.terms[term].count * parameters.count
      if let deadline, .now >= deadline { return false }
      addImages(of: z, layout, term: term, directions, factors, at: first)
      matrix.addProduct(
        ofTerm: term, images[first..<first + size], count: parameters.count, to: &product,
        column: parameters.lowerBound, columnCount: count)
      first += size
    }
    first = 0
    for term in layout.terms.indices {
      let parameters = directions.terms[term].parameters
      guard
        addInnerProducts(
          layout.terms[term], parameters, count: count, at: first, deadline: deadline)
      else { return false }
      first += layout.terms[term].count * parameters.count
    }
    layout.scaleTransposed(&product, count: count, by: factors)
    return true
  }

  /// Adds the images of z for the parameters of one term, `f = E λ'z + λ E'z`, one entry of E after
  /// the other, and their products with z.
  private mutating func addImages(
    of z: [Double], _ layout: BlockLayout, term: Int, _ directions: FactorDirections,
    _ factors: [Double], at first: Int
  ) {
    let shape = layout.terms[term]
    let k = shape.dimension
    let parameters = directions.terms[term].parameters
    let count = parameters.count
    images.withUnsafeMutableBufferPointer { images in
      sensitivities.withUnsafeMutableBufferPointer { sensitivities in
        z.withUnsafeBufferPointer { z in
          scaled.withUnsafeBufferPointer { scaled in
            factors.withUnsafeBufferPointer { factors in
              guard let images = images.baseAddress, let z = z.baseAddress,
                let scaled = scaled.baseAddress, let factors = factors.baseAddress
              else { return }
              for entry in directions.entries(ofTerm: term) {
                let parameter = entry.parameter - parameters.lowerBound
                let lambda = factors + layout.factorStart[term] + entry.column * k
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
  /// - Returns: whether that was done before the deadline.
  private mutating func addInnerProducts(
    _ shape: BlockShape, _ parameters: Range<Int>, count: Int, at first: Int,
    deadline: ContinuousClock.Instant?
  ) -> Bool {
    guard !parameters.isEmpty else { return true }
    let column = parameters.lowerBound
    return values.withUnsafeMutableBufferPointer { sums in
      product.withUnsafeBufferPointer { product in
        images.withUnsafeBufferPointer { images in
          guard let sums = sums.baseAddress, let product = product.baseAddress,
            let images = images.baseAddress
          else { return true }
          return Self.inParts(of: shape.count, width: count, deadline) { rows in
            multiply(
              DenseFactor(
                product + (shape.start + rows.lowerBound) * count + column,
                leadingDimension: count),
              DenseFactor(
                images + first + rows.lowerBound * parameters.count,
                leadingDimension: parameters.count, isTransposed: true),
              rowCount: count - column, columnCount: parameters.count, inner: rows.count,
              into: sums + column * (count + 1), leadingDimension: count, kept: 1)
          }
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
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: max(1, count * (k * k + rank) + k * k)
    ) { scratch in
      guard let changes = scratch.baseAddress else { return }
      scratch.update(repeating: 0)
      // V_a, and L_X⁻¹ Σ E'V_a z for each parameter.
      let offsets = changes + count * k * k
      let half = offsets + count * rank
      for entry in directions.entries {
        let change = changes + entry.parameter * k * k
        for i in entry.column..<k {
          let value = entry.value * factor[i + entry.column * k]
          change[entry.row + i * k] += value
          change[i + entry.row * k] += value
        }
      }
      for a in 0..<count {
        let offset = offsets + a * rank
        sensitivities[a] = sums.addProducts(
          with: changes + a * k * k, to: half, offset: offset, rank: rank)
        fixedEffectsFactor.values.withUnsafeBufferPointer { l in
          for x in 0..<rank {
            for y in 0..<x { offset[x] -= l[x + y * rank] * offset[y] }
            offset[x] /= l[x + x * rank]
          }
        }
        for b in 0...a {
          var sum = 0.0
          for place in 0..<k * k { sum += half[place] * changes[b * k * k + place] }
          for x in 0..<rank { sum -= offset[x] * offsets[b * rank + x] }
          values[a + b * count] = sum
          values[b + a * count] = sum
        }
      }
    }
  }
}

extension LevelSums {
  /// Overwrites `half` with `Σ D V z z'` for a change V of the covariance matrix, and adds `Σ E'V z` to
  /// `offset`.
  /// - Returns: `Σ z'V z`.
  fileprivate func addProducts(
    with change: UnsafePointer<Double>, to half: UnsafeMutablePointer<Double>,
    offset: UnsafeMutablePointer<Double>, rank: Int
  ) -> Double {
    let k = dimension
    var sensitivity = 0.0
    half.update(repeating: 0, count: k * k)
    squares.withUnsafeBufferPointer { squares in
      informations.withUnsafeBufferPointer { informations in
        crossInformations.withUnsafeBufferPointer { crossInformations in
          for l in 0..<k {
            for i in 0..<k where change[i + l * k] != 0 {
              let change = change[i + l * k]
              sensitivity += change * squares[i + l * k]
              for s in 0..<k {
                let first = (Self.place(l, s, k) * k + i) * k
                for r in 0..<k { half[r + s * k] += change * informations[first + r] }
              }
              for x in 0..<rank { offset[x] += change * crossInformations[(x * k + l) * k + i] }
            }
          }
        }
      }
    }
    return sensitivity
  }
}

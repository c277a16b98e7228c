// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import BlockMatrices
import DenseMatrices
import MixedModelErrors
import StatisticalFunctions

/// Which random effects a simulated response has.
public enum SimulatedRandomEffects: String, Sendable, Hashable, CaseIterable {
  /// New ones for every response, drawn from their normal distribution (`use.u = FALSE` in lme4).
  case new
  /// Those of the fit, at their conditional modes (`use.u = TRUE`, `re.form = NULL`).
  case current
}

/// The distribution of the responses of one model and some rows: what does not differ from one
/// draw to the next.
///
/// A response is `x'β + offset + z'b` with new effects `b = s λ u`, u standard normal, term by term
/// and level by level; then the noise of the family, row by row. The numbers are drawn in that
/// order.
public struct ResponseDistribution: Sendable {
  /// `x'β + offset`, with `z'b` at the conditional modes if they are to stay.
  private var fixedPart: [Double]
  /// The terms whose effects are new.
  private var terms: [Term]
  private var noise: Noise
  /// How many observations each row stands for, if not one each, and the column that says so.
  private let frequencies: [Double]?
  private let frequencyWeights: String?

  fileprivate struct Term: Sendable {
    let rows: DesignRows.Term
    /// `s λ`, k × k and column-major.
    let factor: [Double]
  }

  private enum Noise: Sendable {
    /// Normal about the linear predictor, with σ and the deviation σ/√w of each row.
    case normal(sigma: Double, deviations: [Double])
    case family(FamilyNoise)
  }

  fileprivate struct FamilyNoise: Sendable {
    let family: any Family
    let link: any Link
    /// The dispersion or size, or one.
    let parameter: Double
    let weights: [Double]?
    /// For each row, its index in the data.
    let tableRows: [Int]
  }

  /// - Parameters:
  ///   - rows: those of the fit; or others, and then groups by their own numbering for new effects.
  ///   - weights: the prior weights of the rows, trials included; `nil` if all are one.
  init(
    _ model: some MixedModel, rows: DesignRows, weights: [Double]?,
    randomEffects: SimulatedRandomEffects
  ) {
    fixedPart = rows.linearPredictor(
      model.fixedEffects, randomEffects: randomEffects == .current ? model.randomEffects : nil)
    frequencies = rows.frequencies
    frequencyWeights = model.design.frequencyWeights
    let scale = model.covarianceScale
    terms =
      randomEffects == .current
      ? []
      : zip(rows.terms, model.termFactors).map { term, lambda in
        Term(rows: term, factor: lambda.values.map { scale * $0 })
      }
    if model.family is Gaussian, model.link is IdentityLink {
      let sigma = model.residualStandardDeviation ?? 1
      noise = .normal(
        sigma: sigma,
        deviations: (0..<rows.rowCount).map { sigma / (weights?[$0] ?? 1).squareRoot() })
    } else {
      noise = .family(
        FamilyNoise(
          family: model.family, link: model.link, parameter: model.familyParameter,
          weights: weights, tableRows: rows.tableRows))
    }
  }

  /// More rows than this take their time to draw, whatever is shared.
  private static let largestDetachedCount = 10_000

  /// The same for another thread, in storage of its own unless it has many rows.
  package func detached() -> ResponseDistribution {
    guard fixedPart.count <= Self.largestDetachedCount else { return self }
    var result = self
    result.fixedPart = fixedPart.detached
    result.terms = terms.map {
      Term(
        rows: DesignRows.Term(
          levelCodes: $0.rows.levelCodes.detached, levelCount: $0.rows.levelCount,
          dimension: $0.rows.dimension, values: $0.rows.values.detached),
        factor: $0.factor.detached)
    }
    if case .normal(let sigma, let deviations) = noise {
      result.noise = .normal(sigma: sigma, deviations: deviations.detached)
    }
    return result
  }

  /// A response: one value for each row.
  /// - Throws: ``MixedModelError`` if the family has no draws, a mean is outside its range, or a row
  ///   stands for several observations.
  public func draw(
    using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> [Double] {
    try draw(using: &generator) { $0.fillNormals(&$1) }
  }

  // The same for this generator, whose normal numbers are drawn much faster.
  package func draw(using stream: inout RandomStream) throws(MixedModelError) -> [Double] {
    try draw(using: &stream) { $0.fillNormals(&$1) }
  }

  private func draw<Generator: RandomNumberGenerator>(
    using generator: inout Generator, fillNormals: (inout Generator, inout [Double]) -> Void
  ) throws(MixedModelError) -> [Double] {
    if frequencies != nil { throw .simulatedFrequencies(frequencyWeights ?? "") }
    var values = linearPredictor(using: &generator, fillNormals: fillNormals)
    switch noise {
    case .normal(_, let deviations):
      var errors = [Double].zeros(values.count)
      fillNormals(&generator, &errors)
      values.withUnsafeMutableBufferPointer { values in
        for row in values.indices { values[row] += deviations[row] * errors[row] }
      }
    case .family(let noise):
      for row in values.indices {
        values[row] = try noise.draw(values[row], row: row, using: &generator)
      }
    }
    return values
  }

  private func linearPredictor<Generator: RandomNumberGenerator>(
    using generator: inout Generator, fillNormals: (inout Generator, inout [Double]) -> Void
  ) -> [Double] {
    var values = fixedPart
    for term in terms {
      var effects = [Double].zeros(term.rows.levelCount * term.rows.dimension)
      fillNormals(&generator, &effects)
      term.add(&effects, to: &values)
    }
    return values
  }

  /// A response for a refit: of a row that stands for several observations, each with a response of
  /// its own, their mean.
  /// - Complexity: O(n (p + Σ k)), and in a generalized model a draw for each observation.
  package func drawMeans(
    using stream: inout RandomStream
  ) throws(MixedModelError) -> SimulatedResponse {
    guard let frequencies else { return SimulatedResponse(values: try draw(using: &stream)) }
    var values = linearPredictor(using: &stream) { $0.fillNormals(&$1) }
    var scatter = 0.0
    switch noise {
    case .normal(let sigma, let deviations):
      var errors = [Double](repeating: 0, count: values.count)
      stream.fillNormals(&errors)
      for row in values.indices {
        values[row] += deviations[row] / frequencies[row].squareRoot() * errors[row]
      }
      // A sum of squares about means is independent of the means.
      let degreesOfFreedom = frequencies.reduce(0) { $0 + ($1 - 1) }
      if degreesOfFreedom > 0 {
        scatter = 2 * sigma * sigma * stream.gamma(shape: degreesOfFreedom / 2)
      }
    case .family(let noise):
      for row in values.indices {
        let (mean, constant) = try noise.drawMean(
          values[row], of: Int(frequencies[row]), row: row, using: &stream)
        values[row] = mean
        scatter -= 2 * constant
      }
    }
    return SimulatedResponse(values: values, scatter: scatter)
  }

  /// Responses from the streams 1, 2, ... of a seed.
  /// - Throws: ``MixedModelError`` unless the count is positive and the machine can hold so many
  ///   responses, and where a draw does.
  func draws(count: Int, seed: UInt64) throws(MixedModelError) -> [[Double]] {
    try ReplicateCount.checkMemory(
      count, rowCount: fixedPart.count, bytesPerValue: MemoryLayout<Double>.stride)
    var responses: [[Double]] = []
    responses.reserveCapacity(count)
    for replicate in 1...count {
      var stream = RandomStream(seed: seed, stream: UInt64(replicate))
      responses.append(try draw(using: &stream))
    }
    return responses
  }
}

extension ResponseDistribution.Term {
  /// Adds `z'b` to the rows, with b the given numbers times the factor.
  fileprivate func add(_ effects: inout [Double], to values: inout [Double]) {
    effects.withUnsafeMutableBufferPointer { effects in
      values.withUnsafeMutableBufferPointer { values in
        guard let effects = effects.baseAddress, let values = values.baseAddress else { return }
        withConstant(rows.dimension) { add(effects, dimension: $0, to: values) }
      }
    }
  }

  @inline(__always)
  private func add(
    _ effects: UnsafeMutablePointer<Double>, dimension k: Int,
    to values: UnsafeMutablePointer<Double>
  ) {
    factor.withUnsafeBufferPointer { factor in
      guard let factor = factor.baseAddress else { return }
      var b = effects
      for _ in 0..<rows.levelCount {
        // From the last row of the factor, so that what it needs is still there.
        for i in (0..<k).reversed() {
          var sum = 0.0
          for j in 0...i { sum += factor[i + j * k] * b[j] }
          b[i] = sum
        }
        b += k
      }
    }
    rows.levelCodes.withUnsafeBufferPointer { codes in
      rows.values.withUnsafeBufferPointer { z in
        guard let z = z.baseAddress else { return }
        for (row, code) in codes.enumerated() {
          let b = effects + Int(code) * k
          var sum = 0.0
          for j in 0..<k { sum += z[row * k + j] * b[j] }
          values[row] += sum
        }
      }
    }
  }
}

extension ResponseDistribution.FamilyNoise {
  fileprivate func draw(
    _ eta: Double, row: Int, using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> Double {
    let mean = link.mean(eta).value
    let range = family.meanRange
    // Rounding may put a mean on the bound of its range, where the response is certain.
    guard mean >= range.lowerBound, mean <= range.upperBound, mean.isFinite else {
      throw .simulatedWithoutMean(
        eta, link: link.name, family: family.name, rowNumber: tableRows[row] + 1)
    }
    let weight = weights?[row] ?? 1
    let y = try family.draw(mean: mean, parameter: parameter, weight: weight, using: &generator)
    guard family.problem(with: y, weight: weight) == nil else {
      throw .simulatedWithoutMean(
        eta, link: link.name, family: family.name, rowNumber: tableRows[row] + 1)
    }
    return y
  }

  /// The mean of several observations, and what the log-likelihood of these has beyond that of the
  /// mean; see ``RowCompression``.
  fileprivate func drawMean(
    _ eta: Double, of count: Int, row: Int, using generator: inout some RandomNumberGenerator
  ) throws(MixedModelError) -> (mean: Double, constant: Double) {
    guard count > 1 else { return (try draw(eta, row: row, using: &generator), 0) }
    let weight = weights?[row] ?? 1
    var observations: [Double] = []
    observations.reserveCapacity(count)
    for _ in 0..<count { observations.append(try draw(eta, row: row, using: &generator)) }
    let mean = observations.reduce(0, +) / Double(count)
    let total = family.saturatedLogDensity(mean, weight: weight * Double(count), parameter: 1).value
    return (
      mean,
      observations.reduce(-total) { $0 + family.joinedDensity($1, weight: weight, mean: mean) }
    )
  }
}

/// A response that was drawn for a refit.
package struct SimulatedResponse: Sendable {
  /// One value for each row; of a row that stands for several observations, their mean.
  package let values: [Double]
  /// How these observations scatter about their means: in a linear model their weighted sum of
  /// squares, in a generalized one what minus twice their log-likelihood has beyond that of the
  /// means.
  package var scatter = 0.0

  package init(values: [Double], scatter: Double = 0) {
    self.values = values
    self.scatter = scatter
  }
}

extension MixedModel {
  /// The dispersion or size of the family's distribution, or one.
  fileprivate var familyParameter: Double {
    switch family.dispersion {
    case .likelihood, .pearson: residualStandardDeviation.map { $0 * $0 } ?? 1
    case .size: sizeParameter ?? 1
    case .one: 1
    }
  }
}

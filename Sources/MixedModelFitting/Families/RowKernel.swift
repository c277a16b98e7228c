// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The log-density of one response as a function of its linear predictor, for one family and
/// link, less what does not depend on the linear predictor; for unit weight.
///
/// Conformances are small values whose functions are inlined into the loop over rows, so that a
/// batch costs one dynamic call.
protocol RowKernel: Sendable {
  /// The varying part of the log-density; minus infinity or NaN where no mean corresponds.
  func value(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> Double

  /// The varying part with its derivatives.
  func derivatives(_ eta: Double, _ y: Double, _ parameter: KernelParameter) -> RowDerivatives

  /// The varying part at the mean that fits best, and its derivative in the logarithm of the
  /// parameter: what ties the varying part to the saturated log-density.
  func greatestValue(_ y: Double, _ parameter: KernelParameter) -> SaturatedLogDensity

  /// The weighted sum of the varying parts; fills the columns that the request asks for.
  func evaluate(
    _ rows: KernelRows, _ request: ResponseRequest, into columns: ResponseColumns
  ) -> Double
}

/// The parameter of a likelihood beside the mean: dispersion φ or size.
struct KernelParameter: Sendable {
  let value: Double
  let inverse: Double
  let logarithm: Double

  static let one = KernelParameter(value: 1, inverse: 1, logarithm: 0)
}

/// The log-density of a row of unit weight with its derivatives in the linear predictor and in the
/// logarithm t of the parameter.
struct RowDerivatives {
  var value = 0.0
  /// g, the first derivative.
  var score = 0.0
  /// W, minus the second derivative, and its derivative.
  var information = 0.0
  var informationSlope = 0.0
  /// The expectation of W over responses, and its derivative.
  var expected = 0.0
  var expectedSlope = 0.0
  /// The derivatives in t of the value, of g, of W and of its expectation.
  var parameterScore = 0.0
  var scoreParameterSlope = 0.0
  var informationParameterSlope = 0.0
  var expectedParameterSlope = 0.0

  /// The derivatives of a log-density that is this one, free of φ, over φ.
  @inline(__always)
  func divided(by parameter: KernelParameter) -> RowDerivatives {
    let inverse = parameter.inverse
    var row = RowDerivatives()
    row.value = value * inverse
    row.score = score * inverse
    row.information = information * inverse
    row.informationSlope = informationSlope * inverse
    row.expected = expected * inverse
    row.expectedSlope = expectedSlope * inverse
    row.parameterScore = -row.value
    row.scoreParameterSlope = -row.score
    row.informationParameterSlope = -row.information
    row.expectedParameterSlope = -row.expected
    return row
  }
}

/// The rows that a kernel is evaluated at.
struct KernelRows {
  let eta: UnsafeBufferPointer<Double>
  let y: UnsafeBufferPointer<Double>
  /// Empty if every weight is one.
  let weights: UnsafeBufferPointer<Double>
  let parameter: KernelParameter

  @inline(__always)
  func weight(_ i: Int) -> Double { weights.isEmpty ? 1 : weights[i] }
}

// MARK: - The loops

extension RowKernel {
  func evaluate(
    _ rows: KernelRows, _ request: ResponseRequest, into columns: ResponseColumns
  ) -> Double {
    switch request.order {
    case .value: sum(rows, request, columns)
    case .newton: fill(rows, request, columns, withSlopes: false)
    case .gradient: fill(rows, request, columns, withSlopes: true)
    }
  }

  @inline(__always)
  private func sum(
    _ rows: KernelRows, _ request: ResponseRequest, _ columns: ResponseColumns
  ) -> Double {
    var sum = 0.0
    for i in rows.eta.indices {
      let value = rows.weight(i) * value(rows.eta[i], rows.y[i], rows.parameter)
      if request.storesRowValues { columns.rowValues[i] = value }
      sum += value
    }
    return sum
  }

  @inline(__always)
  private func fill(
    _ rows: KernelRows, _ request: ResponseRequest, _ columns: ResponseColumns, withSlopes: Bool
  ) -> Double {
    let isExpected = request.information == .expected
    let hasParameterColumns = withSlopes && !columns.parameterScore.isEmpty
    var sum = 0.0
    for i in rows.eta.indices {
      let weight = rows.weight(i)
      let row = derivatives(rows.eta[i], rows.y[i], rows.parameter)
      let value = weight * row.value
      if request.storesRowValues { columns.rowValues[i] = value }
      sum += value
      columns.score[i] = weight * row.score
      columns.information[i] = weight * row.information
      if isExpected { columns.expectedInformation[i] = weight * row.expected }
      if withSlopes {
        columns.informationSlope[i] =
          weight * (isExpected ? row.expectedSlope : row.informationSlope)
      }
      if hasParameterColumns {
        columns.parameterScore[i] = weight * row.parameterScore
        columns.scoreParameterSlope[i] = weight * row.scoreParameterSlope
        columns.informationParameterSlope[i] =
          weight * (isExpected ? row.expectedParameterSlope : row.informationParameterSlope)
      }
    }
    return sum
  }
}

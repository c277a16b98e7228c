// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// How far derivatives of the log-likelihood are wanted.
package enum ResponseOrder: Int, Sendable, Comparable {
  /// The value only.
  case value
  /// And the score and information of each row: a Newton step.
  case newton
  /// And the slopes of the information, and all derivatives in the parameter.
  case gradient

  package static func < (left: ResponseOrder, right: ResponseOrder) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// Which second derivative of the log-density stands in a determinant.
package enum InformationKind: Sendable, Hashable {
  /// That of the responses as they are.
  case observed
  /// Its expectation over responses, which Fisher scoring uses.
  case expected
}

/// What an evaluation of a response model computes.
package struct ResponseRequest: Sendable, Hashable {
  package var order: ResponseOrder
  /// With `expected` the expected information is computed beside the observed one, and slopes of
  /// information are those of the expected.
  package var information: InformationKind
  /// Whether the log-density of each row is stored, beside the sum.
  package var storesRowValues: Bool

  package init(
    _ order: ResponseOrder, information: InformationKind = .observed, storesRowValues: Bool = false
  ) {
    self.order = order
    self.information = information
    self.storesRowValues = storesRowValues
  }
}

/// The log-likelihood of a response and its derivatives, row by row, in the linear predictor and
/// in t, the logarithm of the dispersion or size.
///
/// A value of this type is a workspace: its arrays are allocated by the first evaluation that
/// fills them and reused by the next. Which ones are valid follows from the last request; all
/// are undefined where the value is minus infinity.
package struct ResponseDerivatives: Sendable {
  /// The sum of log-densities, with all constants; minus infinity, and never NaN, where a linear
  /// predictor has no mean or a density vanishes.
  package internal(set) var value = 0.0
  /// The log-density of each row, with all constants.
  package internal(set) var rowValues: [Double] = []
  /// g, the first derivative of each row's log-density.
  package internal(set) var score: [Double] = []
  /// W, the observed information: minus the second derivative.
  package internal(set) var information: [Double] = []
  /// The expectation of W over responses.
  package internal(set) var expectedInformation: [Double] = []
  /// The derivative of the information of the requested kind.
  package internal(set) var informationSlope: [Double] = []
  /// The derivative of each row's log-density in t; empty, as the next two, without a parameter.
  package internal(set) var parameterScore: [Double] = []
  /// The derivative of g in t.
  package internal(set) var scoreParameterSlope: [Double] = []
  /// The derivative in t of the information of the requested kind.
  package internal(set) var informationParameterSlope: [Double] = []

  /// What was last computed that depends on t only.
  var normalizers = Normalizers()

  package init() {}

  /// Gives the columns of a request their length.
  mutating func reserve(_ request: ResponseRequest, rowCount: Int, hasParameter: Bool) {
    func fit(_ column: inout [Double], _ isNeeded: Bool) {
      if isNeeded, column.count != rowCount {
        column = [Double](repeating: 0, count: rowCount)
      }
    }
    let isNewton = request.order >= .newton
    let isGradient = request.order == .gradient
    fit(&rowValues, request.storesRowValues)
    fit(&score, isNewton)
    fit(&information, isNewton)
    fit(&expectedInformation, isNewton && request.information == .expected)
    fit(&informationSlope, isGradient)
    fit(&parameterScore, isGradient && hasParameter)
    fit(&scoreParameterSlope, isGradient && hasParameter)
    fit(&informationParameterSlope, isGradient && hasParameter)
    if !hasParameter, !parameterScore.isEmpty {
      parameterScore = []
      scoreParameterSlope = []
      informationParameterSlope = []
    }
  }

  /// All columns, to be written.
  mutating func withColumns(_ body: (ResponseColumns) -> Double) -> Double {
    rowValues.withUnsafeMutableBufferPointer { rowValues in
      score.withUnsafeMutableBufferPointer { score in
        information.withUnsafeMutableBufferPointer { information in
          expectedInformation.withUnsafeMutableBufferPointer { expected in
            informationSlope.withUnsafeMutableBufferPointer { slope in
              parameterScore.withUnsafeMutableBufferPointer { parameterScore in
                scoreParameterSlope.withUnsafeMutableBufferPointer { scoreSlope in
                  informationParameterSlope.withUnsafeMutableBufferPointer { parameterSlope in
                    body(
                      ResponseColumns(
                        rowValues: rowValues, score: score, information: information,
                        expectedInformation: expected, informationSlope: slope,
                        parameterScore: parameterScore, scoreParameterSlope: scoreSlope,
                        informationParameterSlope: parameterSlope))
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

/// The columns of derivatives as buffers; those that the request leaves out may be empty.
struct ResponseColumns {
  let rowValues: UnsafeMutableBufferPointer<Double>
  let score: UnsafeMutableBufferPointer<Double>
  let information: UnsafeMutableBufferPointer<Double>
  let expectedInformation: UnsafeMutableBufferPointer<Double>
  let informationSlope: UnsafeMutableBufferPointer<Double>
  let parameterScore: UnsafeMutableBufferPointer<Double>
  let scoreParameterSlope: UnsafeMutableBufferPointer<Double>
  let informationParameterSlope: UnsafeMutableBufferPointer<Double>
}

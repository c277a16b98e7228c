// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import ModelOptimization

/// The content of a saved model, version 1, member by member: the names here are those in the file.
///
/// Every member is there, `null` where there is nothing to say. A number that is not finite is the
/// text `Infinity`, `-Infinity` or `NaN`. A later version may add members, which this one does not
/// read, or change their meaning, and then has another number.
struct SavedModelRecord: Codable {
  static let formatName = "mixedmodels model"
  static let currentVersion = 1

  /// What tells a saved model from other documents, and its version.
  struct Header: Codable {
    let format: String
    let version: Int
  }

  let format: String
  let version: Int
  /// As the user wrote it.
  let formula: String
  /// With everything expanded, for those who read the file; it is not read back.
  let expandedFormula: String
  let data: DataRecord
  let design: DesignRecord
  let fit: FitRecord
  let estimates: EstimatesRecord
  let certificate: CertificateRecord
  let optimization: OptimizationRecord
}

extension SavedModelRecord {
  /// The rows of the fit: where they came from, and how to know them again.
  struct DataRecord: Codable {
    struct ColumnRecord: Codable {
      let name: String
      let kind: ColumnDigest.Kind
      /// Sixteen hexadecimal digits.
      let digest: String
    }

    let source: Nullable<String>
    let rowsUsed: Int
    /// The sum of the frequency weights; the rows used if there are none.
    let observations: Int
    let rowsDropped: Int
    let rowsOfFrequencyZero: Int
    let weights: Nullable<String>
    let frequencyWeights: Nullable<String>
    let offset: Nullable<String>
    let columns: [ColumnRecord]
  }

  /// What the design has learnt from the rows.
  struct DesignRecord: Codable {
    /// A categorical column among the effects or in the response.
    struct VariableRecord: Codable {
      let levels: [String]
      let contrasts: Nullable<ContrastsRecord>
    }

    struct ContrastsRecord: Codable {
      let names: [String]
      /// A row per level.
      let matrix: [[Double]]
    }

    /// The constants of a call such as `scale(x)`, whose text is `call`.
    struct ConstantsRecord: Codable {
      let call: String
      /// The mean; the mean and the standard deviation; or the centres of polynomials.
      let centers: [Double]
      let scales: [Double]
    }

    struct GroupingRecord: Codable {
      let columns: [String]
      /// The levels of each column.
      let levels: [[String]]
      /// Of several columns, the combinations that occur: the index of the first column's level
      /// times the count of the second's levels, plus the index of the second's, and so on.
      let combinations: [Int]
    }

    /// Categorical columns by name; `null` for a numeric one.
    let variables: [String: Nullable<VariableRecord>]
    let constants: [ConstantsRecord]
    /// In the order in which they first stand in the formula.
    let groupingFactors: [GroupingRecord]
    /// Remarks on columns that are categorical because of stray texts; left out where there are none.
    let strayTextNotes: [String]?
  }

  /// How the model was fitted.
  struct FitRecord: Codable {
    /// `ML` or `REML` for a linear model; for a generalized one its criterion's name.
    let criterion: String
    let isLinear: Bool
    let quadraturePoints: Nullable<Int>
    let information: Nullable<String>
    let covariance: Nullable<String>
    let jointCovarianceFailed: Bool
    let family: String
    let knownSize: Nullable<Double>
    let link: String
    /// What the data leave open in the covariance matrices: an entry per term, `null` if nothing.
    let identification: [Nullable<IdentificationRecord>]
    /// The effects that the data cannot tell apart; left out where there are none.
    let coincidingEffects: [CoincidingEffects]?
    /// The effects that the fixed effects determine, an entry per term; left out where there are
    /// none.
    let spannedEffects: [[Int]]?
    /// Columns of the fixed effects left out for want of digits; left out where there are none.
    let nearlyDeterminedColumns: [Int]?
    let residualVarianceVanishes: Bool
  }

  struct IdentificationRecord: Codable {
    let zeroCovariates: [Int]
    let openEffects: [Int]
    let opensVariances: Bool
    let absorbsResidualVariance: Bool
  }

  struct EstimatesRecord: Codable {
    struct FixedEffectsRecord: Codable {
      let names: [String]
      let estimable: [Int]
      let estimates: [Double]
      let covariance: [[Double]]
    }

    struct RandomEffectsRecord: Codable {
      let groupingFactor: String
      /// The modes u, level after level.
      let sphericalRandomEffects: [Double]
      /// The lower triangles of the conditional covariance matrices, level after level, each column
      /// by column; left out where the log-determinant is stochastic.
      let conditionalCovariances: [Double]?
    }

    /// A stochastic log-determinant: its random vectors, and what each would give alone.
    struct StochasticRecord: Codable {
      let probes: Int
      let seed: UInt64
      let steps: Int
      let values: [Double]
    }

    let theta: [Double]
    let sigma: Nullable<Double>
    let dispersion: Nullable<Double>
    let sizeParameter: Nullable<Double>
    let objective: Double
    /// Left out where the log-determinant is exact.
    let stochasticLogDeterminant: StochasticRecord?
    let deviance: Double
    let fixedEffects: FixedEffectsRecord
    let randomEffects: [RandomEffectsRecord]
  }

  struct CertificateRecord: Codable {
    struct BoundaryRecord: Codable {
      let groupingFactor: String
      let leastSlope: Double
    }

    let gradientNorm: Double
    let leastCurvature: Double
    let curvatureIsExact: Bool
    let boundaryConditions: [BoundaryRecord]
  }

  /// The record of the optimization without its steps.
  struct OptimizationRecord: Codable {
    struct OptionsRecord: Codable {
      let ftolRelative: Nullable<Double>
      let ftolAbsolute: Nullable<Double>
      let xtolRelative: Nullable<Double>
      let xtolAbsolute: Nullable<Double>
      let initialStep: Nullable<[Double]>
      let maxEvaluations: Nullable<Int>
      let maxTime: Nullable<Double>
      let start: Nullable<[Double]>
      let lowerBounds: Nullable<[Double]>
    }

    let optimizer: String
    let backend: String
    let options: OptionsRecord
    let evaluations: Int
    let gradientEvaluations: Int
    let initialParameters: [Double]
    let initialObjective: Double
    let finalParameters: [Double]
    let finalObjective: Double
    let termination: Termination.RawValue
  }
}

/// A member that is `null` where it has no value: the standard coding would leave it out, and could
/// not tell that from a loss.
struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
  let value: Value?

  init(_ value: Value?) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// Why an optimizer stopped.
public enum Termination: String, Sendable, Hashable, CaseIterable {
  /// The method's own criterion was met, which it does not describe further.
  case converged
  /// The model predicts no reduction of the value beyond the tolerance.
  case predictedReduction
  /// The value changes by less than its tolerance.
  case valueTolerance
  /// The parameters change by less than their tolerance.
  case parameterTolerance
  /// A value below the one asked for was found.
  case stopValue
  /// What could still be gained is below the rounding error of the objective.
  case rounding
  /// The limit on the number of evaluations was reached.
  case evaluationLimit
  /// The problem, which each fit poses anew for the next, did not settle in the fits allowed.
  case iterationLimit
  /// The limit on the time was reached.
  case timeLimit
  /// The caller ended the run, to go on in another way.
  case interrupted
  /// The objective has no finite value at the start.
  case undefinedStart
  /// No step reduces the value although the derivatives predict a reduction.
  case stalled
  /// The method broke down.
  case failure

  /// Whether the result is a minimum as far as the method can tell.
  public var isSuccess: Bool {
    switch self {
    case .converged, .predictedReduction, .valueTolerance, .parameterTolerance, .stopValue,
      .rounding:
      true
    case .evaluationLimit, .iterationLimit, .timeLimit, .interrupted, .undefinedStart, .stalled,
      .failure:
      false
    }
  }

  /// The name of NLopt's return code for the same outcome, as other packages print it.
  public var returnCode: String {
    switch self {
    case .converged: "SUCCESS"
    case .predictedReduction, .valueTolerance: "FTOL_REACHED"
    case .parameterTolerance: "XTOL_REACHED"
    case .stopValue: "STOPVAL_REACHED"
    case .rounding: "ROUNDOFF_LIMITED"
    case .evaluationLimit, .iterationLimit: "MAXEVAL_REACHED"
    case .timeLimit: "MAXTIME_REACHED"
    case .interrupted: "FORCED_STOP"
    case .undefinedStart, .stalled, .failure: "FAILURE"
    }
  }
}

extension Termination: CustomStringConvertible {
  /// The outcome as a sentence without a full stop.
  public var description: String {
    switch self {
    case .converged: "the method's own criterion was met"
    case .predictedReduction: "no further reduction of the objective is predicted"
    case .valueTolerance: "the objective changes by less than its tolerance"
    case .parameterTolerance: "the parameters change by less than their tolerance"
    case .stopValue: "the objective fell below the value asked for"
    case .rounding: "what could still be gained is below rounding error"
    case .evaluationLimit: "the limit on the number of evaluations was reached"
    case .iterationLimit: "the linear predictor did not settle in the linear fits allowed"
    case .timeLimit: "the time limit was reached"
    case .interrupted: "the run was interrupted"
    case .undefinedStart: "the objective has no finite value at the starting parameters"
    case .stalled: "no step reduces the objective, although its derivatives predict a reduction"
    case .failure: "the method broke down"
    }
  }
}

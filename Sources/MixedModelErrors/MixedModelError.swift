// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

/// The one error that every fallible operation of the package throws.
///
/// It carries facts (a kind and the subject as the user wrote it) beside two sentences: what is
/// wrong, and what would be accepted. Targets build errors through named factories gathered in
/// one file each, so that the wording of a failure stands in one place.
public struct MixedModelError: Error, Sendable, Hashable {
  /// What sort of failure this is; the command line maps it to an exit status.
  public enum Kind: String, Sendable, Hashable {
    /// A formula that cannot be read.
    case syntax
    /// A name that nothing in the data or the options has.
    case unknownName
    /// Data that cannot be read, or that no model can be fitted to.
    case data
    /// A model that the data cannot identify.
    case model
    /// A computation that broke down.
    case numerical
    /// An option with a value that is not accepted.
    case option
    /// A file that cannot be opened, read or written.
    case file
    /// Something described but not offered by this version.
    case unavailable
  }

  /// The thing at fault, named as the user wrote it.
  public enum Subject: Sendable, Hashable {
    case formula(position: Int)
    case column(String)
    case term(String)
    case level(String, term: String)
    case row(Int)
    case option(String)
    case file(String)
    case nothing
  }

  public let kind: Kind
  public let subject: Subject
  /// What is wrong and where, as one or more full sentences.
  public let problem: String
  /// What would be accepted, or what to do; empty where nothing useful can be said.
  public let remedy: String

  package init(_ kind: Kind, _ subject: Subject, problem: String, remedy: String = "") {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }
}

extension MixedModelError: CustomStringConvertible {
  /// The message as a user reads it: the problem, then the remedy.
  public var description: String { remedy.isEmpty ? problem : problem + " " + remedy }
}

// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Bad formulas and options are usage errors")
struct BadUsageTests {
  private static let formulas: [BadInput] = [
    BadInput(
      name: "no random effects", formula: "y ~ 1 + x",
      message: "The formula y ~ 1 + x has no random-effects term. A mixed model needs at least one:"
        + " write (1 | group), with the column that names each row's group."),
    BadInput(
      name: "empty term", formula: "y ~ 1 + + (1 | g)", status: 64,
      message: """
        A term is missing after "+".
          y ~ 1 + + (1 | g)
                  ^ Write a term here, such as x, log(x) or (1 | g).
        """),
    BadInput(
      name: "open parenthesis", formula: "y ~ 1 + (1 | g", status: 64,
      message: """
        This parenthesis is not closed.
          y ~ 1 + (1 | g
                  ^ Add the closing parenthesis.
        """),
    BadInput(
      name: "no grouping factor", formula: "y ~ 1 + (x | )", status: 64,
      message: """
        A term is missing after "|".
          y ~ 1 + (x | )
                       ^ Write a grouping factor here, as in (1 | g).
        """),
    BadInput(
      name: "later structure", formula: "y ~ 1 + ar1(1 + x | g)", status: 64,
      message: "The covariance structure ar1(...) is not available yet; it is used in the term"
        + " ar1(1 + x | g). Available: us, the default, and diag, the same as zerocorr."),
  ]

  private static func option(
    _ options: [String], status: Int32 = 64, _ message: String
  ) -> BadInput {
    BadInput(
      name: options.joined(separator: " "), options: options, status: status, message: message)
  }

  private static let options: [BadInput] = [
    option(
      ["--optimizer", "bobyka"],
      "There is no optimizer \"bobyka\". Did you mean \"bobyqa\"? Optimizers: trustregion, bobyqa,"
        + " newuoa, neldermead, cobyla, sbplx, praxis, lbfgs, slsqp, mma, ccsaq, var1, var2,"
        + " tnewton, tnewton_restart, tnewton_precond, tnewton_precond_restart."),
    option(
      ["--start", "1,a"],
      "The option --start does not accept \"1,a\". It takes numbers with commas between them."),
    option(
      ["--start", "1,2"],
      "The option --start has 2 values, but the model has 1 parameter to optimize. Give one value for"
        + " each parameter."),
    option(
      ["--max-evaluations", "0"],
      "The option --max-evaluations cannot be 0. It accepts a whole number of at least 1."),
    option(
      ["--levels", "g=a,b,c,d,e,f,g"], status: 1,
      "The order of levels of \"g\" leaves out \"h\". Name every level that occurs, each once."),
    option(
      ["--levels", "g"], "The option --levels does not accept \"g\". It takes NAME=a,b,c."),
    option(
      ["--levels", "g=\"a,b"],
      "The option --levels does not accept \"g=\"a,b\". It takes a list whose quotes are closed."),
    option(
      ["--levels", "g=a,b", "--levels", "g=b,a"],
      "The option --levels is given twice for the column \"g\". Give it once per column."),
    option(
      ["--contrasts", "g=efects"],
      "There is no contrast coding \"efects\". Did you mean \"effects\"? Codings: dummy, effects,"
        + " helmert, seqdiff, polynomial, full."),
    option(
      ["--contrasts", "xx=effects"], status: 1,
      "The option --contrasts names \"xx\", which is not a column of the model. The"
        + " model uses: y, x, g."),
    option(
      ["--categorical", "xx"], status: 1,
      "There is no column \"xx\", named as categorical. Columns: g, x, y."),
    option(
      ["--weights", "ww"], status: 1,
      "There is no column \"ww\", named as the weights. Columns: g, x, y."),
    option(
      ["--format", "html"],
      "The format \"html\" is not available yet. Formats: text, json, csv, markdown."),
    option(
      ["--format", "jsn"],
      "There is no format \"jsn\". Did you mean \"json\"? Formats: text, json, csv, markdown."),
    option(
      ["--style", "lme5"],
      "The option --style does not accept \"lme5\". It takes mixedmodels, lme4, matlab."),
    option(
      ["--style", "lme4", "--format", "csv"],
      "The option --style lme4 is one of text output. Leave it out, or ask for --format text."),
    option(
      ["--ddf", "kenward"],
      "The option --ddf does not accept \"kenward\". It takes none, residual, satterthwaite,"
        + " kenward-roger."),
    option(
      ["--ddf", "kenward-roger"],
      "The option --ddf kenward-roger is for models fitted by REML, and maximum likelihood is the"
        + " default. Give --reml with it, or use --ddf satterthwaite."),
    option(
      ["--save", "/no/such/folder/model.json"], status: 1,
      "The file \"/no/such/folder/model.json\" cannot be written: No such file or directory."),
    option(["--save", "/tmp"], status: 1, "The file \"/tmp\" cannot be written: Is a directory."),
    option(
      ["--threads", "0"],
      "The option --threads does not accept \"0\". It takes a whole number from 1 to 1,024."),
    option(
      ["--fit-log", "/no/such/folder/log.csv"], status: 1,
      "The file \"/no/such/folder/log.csv\" cannot be written: No such file or directory."),
    option(
      ["--nonsense"],
      """
      Unknown option '--nonsense'
      Usage: mixedmodels fit [<options>] <formula> <data>
        See 'mixedmodels fit --help' for more information.
      """),
  ]

  @Test("A command that there is not is refused with the nearest one, after help too")
  func unknownCommand() throws {
    for (arguments, name, nearest) in [
      (["fitt", "y ~ 1 + (1 | g)", "-"], "fitt", "Did you mean \"fit\"? "),
      (["help", "compar"], "compar", "Did you mean \"compare\"? "), (["help", "foo"], "foo", ""),
    ] {
      let run = try CommandRun(arguments)
      #expect(run.status == 64 && run.output == "")
      #expect(
        run.errors.hasPrefix(
          "error: There is no command \"\(name)\". \(nearest)Commands: fit, compare, confint, "))
    }
    #expect(try CommandRun(["help"]).status == 0)
    #expect(try CommandRun(["help", "anova"]).output.hasPrefix("OVERVIEW: Wald tests"))
  }

  @Test("A negative number is a value, also where none is accepted")
  func negativeNumbers() throws {
    for arguments in [["--seed", "-1"], ["--seed=-1"]] {
      let run = try CommandRun(["simulate", "model.json"] + arguments)
      #expect(run.status == 64)
      #expect(run.errors.hasPrefix("error: The value '-1' is invalid for '--seed <n>'\n"))
      #expect(run.errors.contains("a whole number from 0"))
    }
    let run = try CommandRun(["bootstrap", "model.json", "--replicates", "-5"])
    #expect(
      run.status == 64 && run.errors.contains("The option --replicates does not accept \"-5\"."))
    let start = try CommandRun(
      ["fit", "y ~ 1 + (1 | g)", "-", "--start", "-1"], input: Sample.plain)
    #expect(start.status == 0)
  }

  @Test("A formula that cannot be read shows the place", arguments: formulas)
  func badFormula(input: BadInput) throws { try input.check() }

  @Test("An option that is not accepted is named", arguments: options)
  func badOption(input: BadInput) throws { try input.check() }
}
